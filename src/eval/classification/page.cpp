#include "eval/classification/page.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/html.h"
#include "eval/page/histogram.h"
#include "eval/page/style.h"
#include "eval/page/thumbnail.h"

namespace cnclip::classification {
namespace {

constexpr std::size_t kFailures = 60, kConfusions = 30, kWorstClasses = 30, kMatrixClasses = 60;

struct Judged {
  const ImageOutcome* image;
  int predicted;
  bool right;
  float of_predicted, of_truth;  // probabilities; of several true classes, the best
};

std::vector<Judged> judge(const ZeroShotResult& result, std::size_t classes) {
  const auto probabilities = result.probabilities.data<float>();
  std::vector<Judged> judged;
  for (std::size_t i = 0; i < result.outcome.images.size(); ++i) {
    const ImageOutcome& image = result.outcome.images[i];
    float truth = 0;
    for (const int c : image.classes) truth = std::max(truth, probabilities[i * classes + static_cast<std::size_t>(c)]);
    const ClassScore& first = image.top.front();
    const bool right = std::ranges::find(image.classes, first.of_class) != image.classes.end();
    judged.push_back({&image, first.of_class, right, first.probability, truth});
  }
  return judged;
}

std::string confidence(const std::vector<Judged>& judged) {
  std::vector<float> right, wrong;
  for (const Judged& one : judged) (one.right ? right : wrong).push_back(one.of_predicted);
  return "<h2>How sure it is · 置信度</h2><p>The probability of the predicted class.</p>" +
         histogram_html({"right predictions", right}, {"wrong predictions", wrong});
}

class Page {
 public:
  Page(const ClassFolder& folder, const std::vector<Judged>& judged) : folder_(folder), judged_(judged) {}

  std::string failures() const {
    std::vector<const Judged*> wrong;
    for (const Judged& one : judged_) {
      if (!one.right) wrong.push_back(&one);
    }
    std::ranges::stable_sort(wrong, std::greater(),
                             [](const Judged* one) { return one->of_predicted - one->of_truth; });
    std::string html = fmt::format(
        "<h2>Worst failures · 最差的失败</h2><p>{} of {} pictures are taken for something "
        "else; the surest of them first.</p><div class=row>\n",
        grouped(wrong.size()), grouped(judged_.size()));
    if (wrong.size() > kFailures) wrong.resize(kFailures);
    for (const Judged* one : wrong) html += failure(*one);
    return html + "</div>\n";
  }

  std::string matrix() const {
    const std::size_t classes = folder_.labels.size();
    if (classes > kMatrixClasses || folder_.multi_label()) return {};
    std::vector<std::vector<int>> counts(classes, std::vector<int>(classes));
    std::vector<int> of_class(classes);
    for (const Judged& one : judged_) {
      const auto truth = static_cast<std::size_t>(one.image->classes.front());
      ++counts[truth][static_cast<std::size_t>(one.predicted)];
      ++of_class[truth];
    }
    std::string html =
        "<h2>Confusion matrix · 混淆矩阵</h2><p>Rows: what a picture shows. Columns: what it is taken "
        "for.</p><div class=wide><table class=confusion><tr><th>";
    for (const std::string& label : folder_.labels) html += fmt::format("<th class=top>{}", escaped_html(label));
    for (std::size_t truth = 0; truth < classes; ++truth) {
      html += fmt::format("</tr>\n<tr><th>{}", escaped_html(folder_.labels[truth]));
      for (std::size_t taken = 0; taken < classes; ++taken)
        html += cell(counts[truth][taken], of_class[truth], truth, taken);
    }
    return html + "</tr></table></div>\n";
  }

  std::string confusions() const {
    std::map<std::pair<int, int>, int> counts;
    for (const Judged& one : judged_) {
      if (!one.right) ++counts[{one.image->classes.front(), one.predicted}];
    }
    std::vector<std::pair<int, std::pair<int, int>>> most;
    for (const auto& [pair, count] : counts) most.emplace_back(count, pair);
    std::ranges::stable_sort(most, std::greater(), [](const auto& entry) { return entry.first; });
    if (most.size() > kConfusions) most.resize(kConfusions);
    std::string html =
        "<h2>Most frequent confusions · 最常见的混淆</h2><table><tr><th>Shows<th>Taken for<th "
        "class=n>Pictures</tr>\n";
    for (const auto& [count, pair] : most)
      html += fmt::format("<tr><td>{}<td>{}<td class=n>{}</tr>\n", label(pair.first), label(pair.second), count);
    return html + "</table>\n";
  }

  std::string worst_classes() const {
    struct Share {
      int of_class = 0, images = 0, right = 0;
      double value() const { return static_cast<double>(right) / images; }
    };
    std::map<int, Share> shares;
    for (const Judged& one : judged_) {
      for (const int c : one.image->classes) {
        Share& share = shares[c];
        share.of_class = c;
        ++share.images;
        share.right += one.predicted == c ? 1 : 0;
      }
    }
    std::vector<Share> worst;
    for (const auto& [c, share] : shares) worst.push_back(share);
    std::ranges::stable_sort(worst, {}, [](const Share& share) { return share.value(); });
    if (worst.size() > kWorstClasses) worst.resize(kWorstClasses);
    std::string html =
        "<h2>Classes found least · 识别最差的类别</h2><table><tr><th>Class<th class=n>Pictures<th "
        "class=n>Found</tr>\n";
    for (const Share& share : worst) {
      html += fmt::format("<tr><td>{}<td class=n>{}<td class=n>{:.1f} %</tr>\n", label(share.of_class), share.images,
                          100 * share.value());
    }
    return html + "</table>\n";
  }

 private:
  std::string label(int c) const { return escaped_html(folder_.labels[static_cast<std::size_t>(c)]); }

  static std::string cell(int count, int of, std::size_t truth, std::size_t taken) {
    const char* diagonal = truth == taken ? " class=diagonal" : "";
    if (count == 0) return fmt::format("<td{}>", diagonal);
    return fmt::format("<td{} style=\"background:color-mix(in srgb, var({}) {}%, transparent)\">{}", diagonal,
                       truth == taken ? "--right" : "--wrong", 15 + 85 * count / of, count);
  }

  std::string failure(const Judged& one) const {
    std::string truth;
    for (const int c : one.image->classes) truth += (truth.empty() ? "" : "、") + label(c);
    std::string picture;
    const auto found = std::ranges::find(folder_.images, one.image->id, &LabelledImage::id);
    if (found != folder_.images.end()) {
      try {
        const std::string bytes = read_file(found->path);
        picture = thumbnail(std::as_bytes(std::span(bytes)), found->id);
      } catch (const Error& error) {  // gone since it was encoded
        if (error.category() != ErrorCategory::bad_input) throw;
      }
    }
    const std::string shown =
        picture.empty() ? "<span class=none>?</span>" : fmt::format("<img alt=\"\" src=\"{}\">", picture);
    return fmt::format("<div class=hit title=\"{}\">{}<b>{}</b> {:.1f} %<br>→ {} {:.1f} %</div>\n",
                       escaped_html(one.image->id), shown, truth, 100 * one.of_truth, label(one.predicted),
                       100 * one.of_predicted);
  }

  const ClassFolder& folder_;
  const std::vector<Judged>& judged_;
};

}  // namespace

std::string classification_page(const PageHeader& header, const ClassFolder& folder, const ZeroShotResult& result) {
  const std::vector<Judged> judged = judge(result, folder.labels.size());
  const Page page(folder, judged);
  std::string body = fmt::format("<h1>{} · {}</h1>\n", escaped_html(header.dataset), escaped_html(header.model));
  for (const std::string& note : header.notes) body += fmt::format("<p>{}</p>\n", escaped_html(note));
  body += confidence(judged) + page.failures() + page.matrix() + page.confusions() + page.worst_classes();
  return eval_page("zh", header.dataset, body);
}

}  // namespace cnclip::classification

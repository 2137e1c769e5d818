#include "eval/retrieval/page.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/html.h"
#include "eval/page/histogram.h"
#include "eval/page/style.h"
#include "eval/page/thumbnail.h"

namespace cnclip {
namespace {

constexpr std::size_t kQueries = 50;  // shown of each direction
constexpr std::size_t kAnswers = 5;   // of each query
constexpr std::size_t kRight = 3;     // right answers shown of each query

float dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return static_cast<float>(sum);
}

struct Answer {
  std::size_t place = 0;  // among the candidates
  float score = 0;
  bool right = false;
};

struct Query {
  std::size_t place = 0;  // among the features
  std::int32_t first_hit = 0;
  std::vector<Answer> right;  // the best first
  std::vector<Answer> found;  // the top
  float best_wrong = 0;

  // By how much the best wrong answer beats the best right one.
  float margin() const { return best_wrong - right.front().score; }
};

using Places = std::unordered_map<std::string, std::size_t>;

Places places_of(const std::vector<std::string>& ids) {
  Places places;
  for (std::size_t i = 0; i < ids.size(); ++i) places.emplace(ids[i], i);
  return places;
}

// The queries of one direction that have right answers, and wrong ones in their top.
std::vector<Query> queries_of(const Direction& direction, const FeatureSet& queries, const FeatureSet& candidates) {
  const Places query_places = places_of(queries.ids), candidate_places = places_of(candidates.ids);
  std::vector<Query> all;
  for (std::size_t i = 0; i < direction.truth.lists.size(); ++i) {
    const IdList& list = direction.truth.lists[i];
    Query query{query_places.at(list.query.text), direction.first_hit[i], {}, {}, 0};
    const auto own = queries.row(static_cast<std::int64_t>(query.place));
    for (const Id& id : list.ids) {
      const std::size_t place = candidate_places.at(id.text);
      query.right.push_back({place, dot(own, candidates.row(static_cast<std::int64_t>(place))), true});
    }
    std::ranges::sort(query.right, std::greater(), &Answer::score);
    const auto top = direction.top.row(static_cast<std::int64_t>(query.place));
    const auto scores = direction.top.scores_of(static_cast<std::int64_t>(query.place));
    for (std::size_t rank = 0; rank < top.size(); ++rank) {
      const auto place = static_cast<std::size_t>(top[rank]);
      const bool right = std::ranges::find(query.right, place, &Answer::place) != query.right.end();
      query.found.push_back({place, scores[rank], right});
    }
    const auto wrong = std::ranges::find(query.found, false, &Answer::right);
    if (query.right.empty() || wrong == query.found.end()) continue;
    query.best_wrong = wrong->score;
    all.push_back(std::move(query));
  }
  return all;
}

std::string histogram_of(const std::vector<Query>& queries) {
  std::vector<float> right, wrong;
  for (const Query& query : queries) {
    right.push_back(query.right.front().score);
    wrong.push_back(query.best_wrong);
  }
  return histogram_html({"best right answers", right}, {"best wrong answers", wrong});
}

std::vector<Query> worst(const std::vector<Query>& all) {
  std::vector<Query> queries;
  std::ranges::copy_if(all, std::back_inserter(queries), [](const Query& query) { return query.first_hit != 1; });
  std::ranges::stable_sort(queries, std::greater(), &Query::margin);
  if (queries.size() > kQueries) queries.resize(kQueries);
  for (Query& query : queries) {
    query.found.resize(std::min(query.found.size(), kAnswers));
    query.right.resize(std::min(query.right.size(), kRight));
  }
  return queries;
}

// What is shown of pictures and captions, read from the data set once it is known which.
class Shown {
 public:
  Shown(const FeatureSet& images, const FeatureSet& texts) : images_(images), texts_(texts) {}

  void want_image(std::size_t place) { pictures_[images_.ids[place]]; }
  void want_text(std::size_t place) { captions_[texts_.ids[place]]; }
  void read(const Dataset& dataset) {
    for (auto images = dataset.images(); auto image = images->next();) {
      const auto found = pictures_.find(image->id);
      if (found != pictures_.end()) found->second = thumbnail(std::as_bytes(std::span(image->bytes)), image->id);
    }
    for (auto texts = dataset.texts(); auto text = texts->next();) {
      const auto found = captions_.find(text->id.text);
      if (found != captions_.end()) found->second = text->text;
    }
  }

  std::string picture(std::size_t place) const {
    const std::string& address = pictures_.at(images_.ids[place]);
    return address.empty() ? "<span class=none>?</span>" : fmt::format("<img alt=\"\" src=\"{}\">", address);
  }
  std::string image_id(std::size_t place) const { return escaped_html(images_.ids[place]); }
  std::string caption(std::size_t place) const { return escaped_html(captions_.at(texts_.ids[place])); }

 private:
  const FeatureSet &images_, &texts_;
  std::unordered_map<std::string, std::string> pictures_, captions_;
};

std::string rank_of(const Query& query) {
  return query.first_hit > 0 ? fmt::format("right answer at rank {}", query.first_hit)
                             : fmt::format("no right answer among the first {}", kRetrievalDepth);
}

std::string hit(const Shown& shown, const Answer& answer) {
  return fmt::format("<div class=\"hit{}\" title=\"{}\">{}{:.3f}</div>\n", answer.right ? " right" : "",
                     shown.image_id(answer.place), shown.picture(answer.place), answer.score);
}

std::string text_query(const Shown& shown, const Query& query) {
  std::string html = fmt::format("<div class=query><p>{} <small>{}</small></p><div class=row>\n",
                                 shown.caption(query.place), rank_of(query));
  for (const Answer& answer : query.right) html += hit(shown, answer);
  html += "<div class=divider></div>\n";
  for (const Answer& answer : query.found) html += hit(shown, answer);
  return html + "</div></div>\n";
}

std::string image_query(const Shown& shown, const Query& query) {
  std::string html =
      fmt::format("<div class=query><p><small>{} · {}</small></p><div class=row><div class=hit>{}</div>\n",
                  shown.image_id(query.place), rank_of(query), shown.picture(query.place));
  for (const auto* answers : {&query.right, &query.found}) {
    html += "<ol class=texts>";
    for (const Answer& answer : *answers) {
      html += fmt::format("<li{}>{} <small>{:.3f}</small>", answer.right ? " class=right" : "",
                          shown.caption(answer.place), answer.score);
    }
    html += "</ol>\n";
  }
  return html + "</div></div>\n";
}

}  // namespace

std::string retrieval_page(const RetrievalPageHeader& header, const RetrievalResult& result, const FeatureSet& images,
                           const FeatureSet& texts, const Dataset& dataset) {
  const std::vector<Query> of_texts = queries_of(result.text_to_image, texts, images);
  const std::vector<Query> of_images = queries_of(result.image_to_text, images, texts);
  const std::vector<Query> worst_texts = worst(of_texts), worst_images = worst(of_images);
  Shown shown(images, texts);
  for (const Query& query : worst_texts) {
    shown.want_text(query.place);
    for (const auto* answers : {&query.right, &query.found}) {
      for (const Answer& answer : *answers) shown.want_image(answer.place);
    }
  }
  for (const Query& query : worst_images) {
    shown.want_image(query.place);
    for (const auto* answers : {&query.right, &query.found}) {
      for (const Answer& answer : *answers) shown.want_text(answer.place);
    }
  }
  shown.read(dataset);

  std::string body = fmt::format("<h1>{} · {}</h1>\n", escaped_html(header.dataset), escaped_html(header.model));
  for (const std::string& note : header.notes) body += fmt::format("<p>{}</p>\n", escaped_html(note));
  const auto section = [&](std::string_view title, const Direction& direction, const std::vector<Query>& all,
                           const std::vector<Query>& failures, auto show, std::string_view legend) {
    body +=
        fmt::format("<h2>{}</h2>\n<p>R@1 {:.2f} · R@5 {:.2f} · R@10 {:.2f} % of {} queries over {} candidates</p>\n",
                    title, direction.recall.r1, direction.recall.r5, direction.recall.r10,
                    grouped(direction.first_hit.size()), grouped(static_cast<std::uint64_t>(direction.candidates)));
    body += histogram_of(all) + fmt::format("<p>{}</p>\n", legend);
    for (const Query& query : failures) body += show(shown, query);
  };
  section("文搜图 · Text to image", result.text_to_image, of_texts, worst_texts, text_query,
          "The worst failures first: what should have been found, then what was. Right answers are framed.");
  section("图搜文 · Image to text", result.image_to_text, of_images, worst_images, image_query,
          "The worst failures first: the captions of the picture, then those that were found. Right ones are green.");
  return eval_page("zh", header.dataset, body);
}

}  // namespace cnclip

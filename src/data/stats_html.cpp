#include <algorithm>

#include "base/error.h"
#include "base/html.h"
#include "data/stats.h"

namespace cnclip {
namespace {

constexpr std::size_t kBins = 24;
constexpr int kWidth = 520, kHeight = 150, kLeft = 8, kBottom = 24, kTop = 16;

constexpr std::string_view kStyle = R"css(
:root { --ink: #1d2330; --soft: #667085; --line: #e4e7ec; --bar: #2f6fde; }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1120px; padding: 32px 24px 64px; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif }
h1 { font-size: 26px; margin: 0 } h2 { font-size: 17px; margin: 40px 0 12px } h3 { font-size: 14px; margin: 0 }
p { margin: 4px 0; color: var(--soft) } h2 + p { margin-bottom: 12px }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 12px; margin-top: 20px }
.figure { border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px }
.figure b { display: block; font-size: 22px; font-variant-numeric: tabular-nums } .figure span { color: var(--soft); font-size: 13px }
.figure.bad { border-color: #f0b4ac; background: #fff6f5 } .figure.bad b { color: #b42318 }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(440px, 1fr)); gap: 16px }
.chart { border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px }
.chart svg { width: 100%; height: auto; display: block } .chart p { font-size: 13px }
rect { fill: var(--bar) } text { fill: var(--soft); font-size: 11px } line { stroke: var(--line) }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line) }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; width: 90px } td { overflow-wrap: anywhere }
)css";

std::string figure(std::uint64_t value, std::string_view chinese, std::string_view english, bool bad = false) {
  return fmt::format("<div class=\"figure{}\"><b>{}</b><span>{}<br>{}</span></div>\n", bad && value > 0 ? " bad" : "",
                     grouped(value), chinese, english);
}

std::string bars(const Distribution& values) {
  const auto bins = values.bins(kBins);
  std::uint64_t highest = 1;
  for (const auto& bin : bins) highest = std::max(highest, bin.count);
  const double step =
      static_cast<double>(kWidth - 2 * kLeft) / static_cast<double>(std::max<std::size_t>(bins.size(), 1));
  const double width = std::min(step - 2, 48.0);
  std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">\n", kWidth, kHeight);
  svg += fmt::format("<line x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\"/>\n", kLeft, kWidth - kLeft, kHeight - kBottom);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const auto& bin = bins[i];
    const double middle = kLeft + step * (static_cast<double>(i) + 0.5);
    // What is there is seen, however little.
    const double share = static_cast<double>(bin.count) / static_cast<double>(highest);
    const double height = bin.count == 0 ? 0 : std::max(1.5, share * (kHeight - kBottom - kTop));
    const std::string range =
        bin.first == bin.last ? std::to_string(bin.first) : fmt::format("{}–{}", bin.first, bin.last);
    svg +=
        fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"><title>{}: {}</title></rect>\n",
                    middle - width / 2, kHeight - kBottom - height, width, height, range, grouped(bin.count));
    if (i % ((bins.size() + 5) / 6) == 0) {
      svg +=
          fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", middle, kHeight - 8, bin.first);
    }
  }
  svg += fmt::format("<text x=\"{}\" y=\"11\">{}</text>\n</svg>\n", kLeft, grouped(highest));
  return svg;
}

std::string chart(const Distribution& values, std::string_view chinese, std::string_view english) {
  if (values.count() == 0) return {};
  return fmt::format(
      "<div class=\"chart\"><h3>{} · {}</h3>{}<p>min {} · 5 % {} · median {} · mean {:.1f} · 95 % {} · max "
      "{}</p></div>\n",
      chinese, english, bars(values), grouped(values.minimum()), grouped(values.quantile(0.05)),
      grouped(values.quantile(0.5)), values.mean(), grouped(values.quantile(0.95)), grouped(values.maximum()));
}

std::string images_part(const DatasetStats& stats) {
  std::string kinds;
  for (const auto& [kind, count] : stats.image_kinds)
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : " · ", escaped_html(kind), grouped(count));
  std::string part = fmt::format("<h2>图片 · Images</h2>\n<p>{}</p>\n<div class=\"charts\">\n", kinds);
  part += chart(stats.widths, "宽度（像素）", "width, pixels");
  part += chart(stats.heights, "高度（像素）", "height, pixels");
  part += chart(stats.image_kib, "文件大小（KiB）", "file size, KiB");
  part += chart(stats.captions_per_image, "每张图片的文本数", "texts per image");
  return part + "</div>\n";
}

std::string texts_part(const DatasetStats& stats) {
  std::string part = "<h2>文本 · Texts</h2>\n<div class=\"charts\">\n";
  part += chart(stats.characters, "字符数", "characters");
  part += chart(stats.tokens, "词元数", "tokens, [CLS] and [SEP] among them");
  part += chart(stats.han_percent, "汉字占比（%）", "Chinese characters, %");
  part += "</div>\n";
  if (stats.commonest_texts.empty()) return part;
  part +=
      "<h2>最常重复的文本 · Texts repeated most</h2>\n<table><tr><th>文本 text</th><th class=\"n\">次数 "
      "times</th></tr>\n";
  for (const auto& [text, times] : stats.commonest_texts) {
    part += fmt::format("<tr><td>{}</td><td class=\"n\">{}</td></tr>\n", escaped_html(text), grouped(times));
  }
  return part + "</table>\n";
}

std::string leakage_part(const DatasetStats& stats) {
  if (stats.against.empty()) return {};
  std::string ids;
  for (const std::string& id : stats.shared_image_ids) ids += escaped_html(id) + " ";
  return fmt::format("<h2>与 {} 的重叠 · Shared with it</h2>\n<div class=\"figures\">\n{}{}</div>\n<p>{}</p>\n",
                     escaped_html(stats.against),
                     figure(stats.shared_images, "相同的图片", "images of equal bytes", true),
                     figure(stats.shared_texts, "相同的文本", "texts of equal characters", true), ids);
}

}  // namespace

std::string stats_html(const DatasetStats& stats, const std::string& title) {
  std::string page =
      fmt::format("<h1>{}</h1>\n<p>数据集概况 · What the data set is made of — {}</p>\n<div class=\"figures\">\n",
                  escaped_html(title), escaped_html(stats.kind));
  page += figure(stats.images, "图片", "images");
  page += figure(stats.texts, "文本", "texts");
  page += figure(stats.pairs, "图文对", "pairs");
  page += figure(stats.images_without_texts, "无文本的图片", "images without a text");
  page += figure(stats.texts_without_images, "无图片的文本", "texts without an image");
  page += figure(stats.duplicate_images, "重复的图片", "images of bytes met before");
  page += figure(stats.duplicate_texts, "重复的文本", "texts met before");
  page += figure(stats.cut_texts, "超过 52 个词元", "texts over 52 tokens: cut");
  page += figure(stats.undecodable, "无法解码的图片", "images that do not decode", true);
  page += figure(stats.errors, "错误", "errors in all", true);
  page += "</div>\n" + leakage_part(stats) + images_part(stats) + texts_part(stats);
  return html_page("zh-CN", title, kStyle, page);
}

}  // namespace cnclip

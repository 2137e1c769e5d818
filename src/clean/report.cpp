#include "clean/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/html.h"

namespace cnclip::clean {
namespace {

double percent(std::size_t part, std::size_t whole) {
  return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string_view meaning(Rule rule) {
  switch (rule) {
    case Rule::broken: return "not a record, or not UTF-8";
    case Rule::length: return "caption too short or too long";
    case Rule::chinese_share: return "too little Chinese";
    case Rule::url: return "an address of the web";
    case Rule::file_name: return "a file name";
    case Rule::advertising: return "advertising";
    case Rule::blacklist: return "a word of the blacklist";
    case Rule::repeated: return "the caption of too many records";
    case Rule::undecodable: return "picture missing or unreadable";
    case Rule::side: return "picture too small";
    case Rule::aspect: return "picture too long and narrow";
    case Rule::duplicate: return "same picture and caption as an earlier record";
    case Rule::near_duplicate: return "picture like an earlier one";
    case Rule::leakage: return "part of an evaluation set";
    case Rule::score: return "picture and caption do not fit";
  }
  return {};
}

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--line:#8884;--bar:#3b82c4;--soft:#8882}
body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .5rem}p{margin:.2rem 0;opacity:.75}
table{border-collapse:collapse;width:100%;margin-top:1rem}td,th{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:left}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.bar{width:30%}.bar i{display:block;height:.7rem;background:var(--bar);border-radius:2px}
ul{list-style:none;padding:0;margin:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:.5rem}
li{border:1px solid var(--line);border-radius:6px;padding:.5rem;display:flex;gap:.6rem;overflow-wrap:anywhere;min-width:0}
li img{width:72px;height:72px;object-fit:contain;background:var(--soft);border-radius:4px;flex:none}
li div{min-width:0}small{opacity:.6;display:block}
)";

std::string shortened(std::string_view text) {
  constexpr std::size_t kMost = 300;
  if (text.size() <= kMost) return std::string(text);
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string example_item(const Example& example) {
  std::string item = "<li>";
  if (!example.thumbnail.empty()) {
    item += fmt::format("<img alt=\"\" src=\"data:image/jpeg;base64,{}\">", encode_base64(example.thumbnail));
  }
  item +=
      fmt::format("<div>{}<small>row {}{}{}</small></div></li>\n", escaped_html(shortened(example.caption)),
                  example.row, example.picture.empty() ? "" : ", picture ", escaped_html(shortened(example.picture)));
  return item;
}

}  // namespace

std::string to_table(const Report& report) {
  std::string table = fmt::format("{:<15}{:>12}{:>12}{:>9}\n", "rule", "in", "dropped", "share");
  for (const Step& step : report.steps) {
    table += fmt::format("{:<15}{:>12}{:>12}{:>7.2f} %\n", name_of(step.rule), step.in, step.dropped,
                         percent(step.dropped, step.in));
  }
  table += fmt::format("{:<15}{:>12}{:>12}{:>7.2f} %\n", "kept", report.rows, report.kept,
                       percent(report.kept, report.rows));
  for (const Rule rule : report.not_applied) table += fmt::format("{:<15}not applied: no pictures\n", name_of(rule));
  return table;
}

std::string to_json(const Report& report) {
  nlohmann::ordered_json json = {{"source", report.source},
                                 {"rules", report.rules},
                                 {"rows", report.rows},
                                 {"kept", report.kept},
                                 {"funnel", nullptr}};
  json["funnel"] = nlohmann::ordered_json::array();
  for (const Step& step : report.steps) {
    json["funnel"].push_back({{"rule", name_of(step.rule)},
                              {"in", step.in},
                              {"dropped", step.dropped},
                              {"share", percent(step.dropped, step.in) / 100}});
  }
  json["not_applied"] = nlohmann::ordered_json::array();
  for (const Rule rule : report.not_applied) json["not_applied"].push_back(name_of(rule));
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string to_html(const Report& report) {
  std::string page =
      fmt::format("<h1>{} of {} records kept ({:.1f} %)</h1>\n<p>{} by the rules of {}</p>\n", report.kept, report.rows,
                  percent(report.kept, report.rows), escaped_html(report.source), escaped_html(report.rules));
  page += "<table><tr><th>rule<th><th class=n>in<th class=n>dropped<th class=n>share<th></tr>\n";
  for (const Step& step : report.steps) {
    const double share = percent(step.dropped, step.in);
    page += fmt::format(
        "<tr><td>{0}<td>{1}<td class=n>{2}<td class=n>{3}<td class=n>{4:.2f} %<td class=bar><i "
        "style=\"width:{4:.1f}%\"></i>"
        "</tr>\n",
        name_of(step.rule), meaning(step.rule), step.in, step.dropped, share);
  }
  page += "</table>\n";
  for (const Step& step : report.steps) {
    if (step.examples.empty()) continue;
    page += fmt::format("<h2>{}: {}</h2>\n<p>The first {} of {}</p>\n<ul>\n", name_of(step.rule), meaning(step.rule),
                        step.examples.size(), step.dropped);
    for (const Example& example : step.examples) page += example_item(example);
    page += "</ul>\n";
  }
  return html_page("en", "cnclip data clean", kStyle, page);
}

}  // namespace cnclip::clean

#include "eval/report/tables.h"

#include <cmath>

#include "base/html.h"
#include "eval/page/style.h"
#include "eval/report/elevater.h"

namespace cnclip {
namespace {

struct Table {
  std::string title;
  std::vector<std::string> notes;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // as wide as the header; the first two cells are words
};

constexpr std::size_t kWords = 2;

std::string cell(double value) {
  return std::isfinite(value) ? fmt::format("{:.2f}", value) : "undefined";
}

// What the difference comes to: within the interval, chance in the choice of the test pictures explains it.
std::string difference(const Figure& figure) {
  if (!figure.published || !std::isfinite(figure.value)) return "–";
  return fmt::format("{:+.2f}{}", figure.value - *figure.published,
                     figure.interval.holds(*figure.published) ? "" : " *");
}

std::vector<std::vector<std::string>> rows_of(const BenchmarkResult& result) {
  std::vector<std::string> measured = {result.model, "measured"}, interval = {"", "95 %"},
                           published = {"", "published"}, apart = {"", "difference"};
  bool any_published = false;
  for (const Figure& figure : result.figures) {
    measured.push_back(cell(figure.value));
    interval.push_back(fmt::format("{} – {}", cell(figure.interval.low), cell(figure.interval.high)));
    published.push_back(figure.published ? fmt::format("{:.1f}", *figure.published) : "–");
    apart.push_back(difference(figure));
    any_published |= figure.published.has_value();
  }
  std::vector<std::vector<std::string>> rows = {measured, interval};
  if (any_published) {
    rows.push_back(published);
    rows.push_back(apart);
  }
  return rows;
}

Table table_of(const std::vector<const BenchmarkResult*>& results) {
  const BenchmarkResult& first = *results.front();
  Table table{first.benchmark, {fmt::format("{}; content {}", first.protocol, first.content.substr(0, 12))}, {}, {}};
  table.header = {"model", ""};
  for (const Figure& figure : first.figures) {
    table.header.push_back(figure.group.empty() ? figure.name : fmt::format("{} {}", figure.group, figure.name));
  }
  bool far = false;
  for (const BenchmarkResult* result : results) {
    std::string note = fmt::format("{}: {}, {}", result->model, result->architecture, result->settings);
    if (!result->apart.empty()) note += fmt::format("; published figures are of another protocol: {}", result->apart);
    if (result->left_out > 0) note += fmt::format("; {} broken ones left out", result->left_out);
    table.notes.push_back(note);
    for (auto& row : rows_of(*result)) table.rows.push_back(std::move(row));
    for (const Figure& figure : result->figures)
      far |= figure.published.has_value() && !figure.interval.holds(*figure.published);
  }
  if (far)
    table.notes.emplace_back("* the published figure lies outside of the 95 % interval: chance does not explain it");
  return table;
}

Table table_of(const std::vector<ElevaterAverage>& averages) {
  Table table{"ELEVATER, average of 20", {"each set by its own metric"}, {"model", "", "average"}, {}};
  for (const ElevaterAverage& average : averages) {
    table.rows.push_back({average.model, "measured", cell(average.measured)});
    if (!average.published) continue;
    table.rows.push_back({"", "published", fmt::format("{:.1f}", *average.published)});
    table.rows.push_back({"", "difference", fmt::format("{:+.2f}", average.measured - *average.published)});
  }
  return table;
}

std::vector<Table> tables_of(const std::vector<BenchmarkResult>& results) {
  std::vector<std::vector<const BenchmarkResult*>> groups;
  for (const BenchmarkResult& result : results) {
    const auto found =
        std::ranges::find_if(groups, [&](const auto& group) { return group.front()->benchmark == result.benchmark; });
    (found == groups.end() ? groups.emplace_back() : *found).push_back(&result);
  }
  std::vector<Table> tables;
  for (const auto& group : groups) tables.push_back(table_of(group));
  if (const auto averages = elevater_averages(results); !averages.empty()) tables.push_back(table_of(averages));
  return tables;
}

// In a cell of Markdown, a bar would end the cell.
std::string escaped_cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& text : cells) row += fmt::format(" {} |", escaped_cell(text));
  return row + "\n";
}

}  // namespace

std::string report_markdown(const std::vector<BenchmarkResult>& results) {
  std::string text = "# Evaluation\n";
  for (const Table& table : tables_of(results)) {
    text += fmt::format("\n## {}\n\n", escaped_cell(table.title));
    for (const std::string& note : table.notes) text += fmt::format("- {}\n", escaped_cell(note));
    text += "\n" + markdown_row(table.header) + "|";
    for (std::size_t i = 0; i < table.header.size(); ++i) text += i < kWords ? "---|" : "--:|";
    text += "\n";
    for (const auto& row : table.rows) text += markdown_row(row);
  }
  return text;
}

std::string report_html(const std::vector<BenchmarkResult>& results) {
  std::string body = "<h1>Evaluation</h1>\n";
  const auto line = [](const std::vector<std::string>& cells, std::string_view tag) {
    std::string row = "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      row += fmt::format("<{}{}>{}", tag, i < kWords ? "" : " class=n", escaped_html(cells[i]));
    return row + "</tr>\n";
  };
  for (const Table& table : tables_of(results)) {
    body += fmt::format("<h2>{}</h2>\n", escaped_html(table.title));
    for (const std::string& note : table.notes) body += fmt::format("<p>{}</p>\n", escaped_html(note));
    body += "<div class=wide><table>" + line(table.header, "th");
    for (const auto& row : table.rows) body += line(row, "td");
    body += "</table></div>\n";
  }
  return eval_page("en", "Evaluation", body);
}

}  // namespace cnclip

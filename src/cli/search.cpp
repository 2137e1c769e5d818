// `cnclip search`: an index, asked.
#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/lines.h"
#include "cli/encoder_options.h"
#include "cli/output.h"
#include "cli/search_filter.h"
#include "search/library/library.h"
#include "search/searcher.h"

namespace cnclip {
namespace {

using search::Answer;
using search::Query;

struct Options {
  std::filesystem::path index;
  std::string text, image, queries, model;
  std::vector<std::string> unwanted;
  double text_weight = 1, image_weight = 1, unwanted_weight = 0.5;
  std::int64_t k = 20;
  bool exact = false, prepare = false, json = false;
  SearchFilterChoice filter;
  EncoderOptions encoder;
};

Query query_of(const Options& options, const std::string& text, const search::ModelStamp& model) {
  Query query;
  query.k = options.k;
  query.exact = options.exact;
  query.filter = options.filter.filter();
  if (!text.empty() || options.image.empty()) query.parts.push_back({text, options.text_weight});
  if (!options.image.empty()) {
    const std::string bytes = read_file(options.image, DecodeOptions{}.max_bytes);
    query.parts.push_back(
        {search::decode_query_picture(model, std::as_bytes(std::span(bytes)), options.image), options.image_weight});
  }
  for (const std::string& unwanted : options.unwanted) query.parts.push_back({unwanted, -options.unwanted_weight});
  return query;
}

Json json_of(const std::string& text, const Answer& answer) {
  Json results = Json::array();
  for (const search::Hit& hit : answer.hits) {
    results.push_back({{"id", hit.picture.row},
                       {"path", hit.location},
                       {"cosine", hit.cosine},
                       {"relevance", hit.relevance},
                       {"width", hit.picture.width},
                       {"height", hit.picture.height},
                       {"tags", hit.picture.tags}});
  }
  const bool truncated = std::ranges::count(answer.truncated, true) > 0;
  return {{"query", text},
          {"nothing_matches", answer.nothing_matches},
          {"searched", answer.searched},
          {"exact", answer.exact},
          {"truncated", truncated},
          {"results", std::move(results)}};
}

// Paths hold any bytes, a terminal should not.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return text;
}

void print_table(const std::string& text, const Answer& answer, bool with_title) {
  if (with_title) fmt::print("{}\n", printable(text));
  if (answer.searched == 0) {
    fmt::print("no picture to search in\n");
  } else if (answer.nothing_matches) {
    fmt::print("nothing here matches{}\n", answer.hits.empty()
                                               ? ""
                                               : fmt::format(" (best: {:.2f} {})", answer.hits.front().relevance,
                                                             printable(answer.hits.front().location)));
  } else {
    for (const search::Hit& hit : answer.hits) fmt::print("{:5.2f}  {}\n", hit.relevance, printable(hit.location));
  }
}

void ask(search::Searcher& searcher, const Options& options, const std::vector<std::string>& texts,
         const search::ModelStamp& model) {
  std::vector<Query> queries;
  for (const std::string& text : texts) queries.push_back(query_of(options, text, model));
  const std::vector<Answer> answers = searcher.search(queries);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (std::ranges::count(answers[i].truncated, true) > 0)
      note(fmt::format("the text is longer than the model takes: its end was not used: {:.60}", printable(texts[i])));
    if (options.json)
      print_json(json_of(texts[i], answers[i]));
    else
      print_table(texts[i], answers[i], !options.queries.empty());
  }
}

void ask_lines(search::Searcher& searcher, const Options& options, const search::ModelStamp& model) {
  constexpr std::size_t kTogether = 256, kLongestLine = 64 << 10;
  LineReader lines(options.queries, kLongestLine);
  std::vector<std::string> texts;
  while (auto line = lines.next()) {
    if (line->too_long) throw_bad_input("{}: has more than {} bytes", lines.place(*line), kLongestLine);
    if (stripped(line->text).empty()) throw_usage("{} is empty", lines.place(*line));
    texts.push_back(std::move(line->text));
    if (texts.size() == kTogether) {
      ask(searcher, options, texts, model);
      texts.clear();
    }
  }
  if (!texts.empty()) ask(searcher, options, texts, model);
}

void run(const Options& options) {
  const int asked =
      int{!options.text.empty() || !options.image.empty()} + int{!options.queries.empty()} + int{options.prepare};
  if (asked != 1) throw_usage("a text or --image, or --queries, or --prepare: one of them says what to search for");
  const search::ModelStamp model = search::Library(options.index).model();
  search::Searcher searcher(options.index, search::open_query_encoder(model, options.model, options.encoder),
                            {options.encoder.threads});
  if (options.prepare) {
    searcher.improve();
    const search::SearchState state = searcher.state();
    if (options.json) {
      print_json({{"vectors", state.vectors},
                  {"lists", state.lists},
                  {"probed", state.probed},
                  {"measured_recall", state.measured_recall}});
    } else if (!state.server.empty()) {
      fmt::print("{} vectors at {}\n", state.vectors, state.server);
    } else if (state.lists > 0) {
      fmt::print("{} vectors in {} lists; {} are looked into, which finds {:.2f} % of the nearest\n", state.vectors,
                 state.lists, state.probed, 100 * state.measured_recall);
    } else {
      fmt::print("{} vectors, all of which are looked at\n", state.vectors);
    }
  } else if (!options.queries.empty()) {
    ask_lines(searcher, options, model);
  } else {
    ask(searcher, options, {options.text}, model);
  }
}

}  // namespace

void add_search(CLI::App& app) {
  auto* command = app.add_subcommand("search", "Find pictures of an index by a text, a picture or both");
  auto options = std::make_shared<Options>();
  command->add_option("index", options->index, "Index folder")->required();
  command->add_option("text", options->text, "What to look for");
  command->add_option("--image", options->image, "Picture to look for others like it");
  command->add_option("--queries", options->queries, "File of texts, one a line, or - for standard input");
  command->add_option("--not", options->unwanted, "Text for what is not wanted; repeat it");
  command->add_option("--weight", options->text_weight, "Of the text")->check(CLI::PositiveNumber);
  command->add_option("--image-weight", options->image_weight, "Of the picture")->check(CLI::PositiveNumber);
  command->add_option("--not-weight", options->unwanted_weight, "Of each --not")->check(CLI::PositiveNumber);
  command->add_option("-k", options->k, "Results")->check(CLI::Range(1, 100'000));
  options->filter.add_to(*command);
  command->add_flag("--exact", options->exact, "Look at every vector, however many there are");
  command->add_flag("--prepare", options->prepare, "Only make what lets later searches start and answer quickly");
  command->add_flag("--json", options->json, "Print JSON, one object for each query");
  command->add_option("--model", options->model, "Where the index's model is now; default: where it was");
  add_encoder_options(*command, options->encoder);
  command->callback([options] { run(*options); });
}

}  // namespace cnclip

#include "eval/classification/prompts.h"

#include "base/error.h"
#include "base/lines.h"
#include "eval/classification/benchmarks.h"
#include "text/utf8.h"

namespace cnclip::classification {
namespace {

constexpr std::size_t kMaxTemplateBytes = 4096;
constexpr std::size_t kMaxTemplates = 10'000;
constexpr std::string_view kSlot = "{}";

}  // namespace

PromptTemplate parse_template(std::string_view text, std::string_view place) {
  const std::size_t slot = text.find(kSlot);
  if (slot == std::string_view::npos) throw_bad_input("{}: no {{}} for the class name: {}", place, text);
  const std::string_view after = text.substr(slot + kSlot.size());
  if (after.find(kSlot) != std::string_view::npos) {
    throw_bad_input("{}: more than one {{}} for the class name: {}", place, text);
  }
  return {std::string(text.substr(0, slot)), std::string(after)};
}

std::vector<PromptTemplate> read_templates(const std::filesystem::path& file) {
  LineReader lines(file, kMaxTemplateBytes);
  std::vector<PromptTemplate> templates;
  while (const auto line = lines.next()) {
    const std::string place = lines.place(*line);
    if (line->too_long) throw_bad_input("{}: over {} bytes", place, kMaxTemplateBytes);
    const std::string_view text = stripped(line->text);
    if (text.empty() || text.starts_with('#')) continue;
    if (!is_utf8(text)) throw_bad_input("{}: not UTF-8", place);
    if (templates.size() == kMaxTemplates) throw_bad_input("{}: over {} templates", place, kMaxTemplates);
    templates.push_back(parse_template(text, place));
  }
  if (templates.empty()) throw_bad_input("{}: no templates", file.string());
  return templates;
}

PromptSet prompts_for(const std::string& choice, std::string_view dataset) {
  if (choice == "official") {
    const Benchmark* benchmark = find_benchmark(dataset);
    const std::string list(benchmark != nullptr ? benchmark->templates : "openai_templates");
    return {"official " + list, official_templates(list)};
  }
  if (choice == "cnclip") return {choice, chinese_templates(dataset)};
  return {choice, read_templates(choice)};
}

}  // namespace cnclip::classification

// The official prompt templates, as they stand in the official package's Python file (embedded, its SHA-256 checked by
// CMake):
//
//   food_templates = [
//       lambda c: f"一种叫{c}的食物的照片",
//   ]
#include "base/error.h"
#include "eval/classification/prompts.h"

extern "C" const char cnclip_zeroshot_templates_begin[];
extern "C" const char cnclip_zeroshot_templates_end[];

namespace cnclip::classification {
namespace {

constexpr std::string_view kOpen = "f\"", kSlot = "{c}";

std::string_view embedded_file() {
  return {cnclip_zeroshot_templates_begin,
          static_cast<std::size_t>(cnclip_zeroshot_templates_end - cnclip_zeroshot_templates_begin)};
}

}  // namespace

std::vector<PromptTemplate> official_templates(std::string_view list) {
  const std::string_view file = embedded_file();
  const std::size_t begin = file.find(fmt::format("\n{} = [", list));
  if (begin == std::string_view::npos) throw_internal("official templates: no list {}", list);
  const std::string_view body = file.substr(begin, file.find(']', begin) - begin);
  std::vector<PromptTemplate> templates;
  for (std::size_t at = body.find(kOpen); at != std::string_view::npos; at = body.find(kOpen, at)) {
    at += kOpen.size();
    const std::string_view text = body.substr(at, body.find('"', at) - at);
    const std::size_t slot = text.find(kSlot);
    if (slot == std::string_view::npos) throw_internal("official templates: no slot in {}", text);
    templates.push_back({std::string(text.substr(0, slot)), std::string(text.substr(slot + kSlot.size()))});
    at += text.size();
  }
  return templates;
}

}  // namespace cnclip::classification

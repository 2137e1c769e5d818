// The official files: <split>_imgs.tsv (id, tab, base64 of the image file) and <split>_texts.jsonl
// ({"text_id", "text", "image_ids"}). A line that is wrong is an item with an error; the next one follows.
#pragma once

#include <filesystem>
#include <memory>

#include "data/formats/record.h"

namespace cnclip {

// Which fields a line of JSON must have. `captions`: as the official packer asks; `texts`: "text" alone, and the line's
// number stands for a text_id that is missing.
enum class TextFields { captions, texts };

Sample parse_image_line(std::string_view line, std::string where);
Text parse_text_line(std::string_view line, std::string where, TextFields fields);

// What Python's json.dumps(..., ensure_ascii=False) makes of the text, and what the official recipe makes of the image.
std::string text_line(const Text& text);
std::string image_line(const Sample& sample);

std::unique_ptr<Source<Sample>> open_image_tsv(const std::filesystem::path& tsv);
std::unique_ptr<TextReader> open_text_jsonl(const std::filesystem::path& jsonl, TextFields fields);

}  // namespace cnclip

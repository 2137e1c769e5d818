// One line of the official data sets. Whatever the bytes: an item, or one whose `error` says why it is none; the caller
// adds the place to that, and an id where there is none.
#pragma once

#include <string_view>

#include "data/sources.h"

namespace cnclip {

ImageItem image_record(std::string_view line);  // of *_imgs.tsv: id, tab, base64 of the image file
TextItem text_record(std::string_view line);    // of *_texts.jsonl: {"text_id", "text"}

}  // namespace cnclip

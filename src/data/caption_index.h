// Which captions belong to which image, without the captions: 16 bytes a pair.
#pragma once

#include <memory>

#include "data/formats/record.h"

namespace cnclip {

class CaptionIndex {
 public:
  // Reads all texts once; those with an error are passed over.
  explicit CaptionIndex(std::unique_ptr<TextReader> texts);
  // In the order of the texts.
  std::vector<Caption> captions_of(const std::string& image_id);

 private:
  struct Entry {
    std::uint64_t hash, place;
    auto operator<=>(const Entry&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 takes its 0 for one
  };
  std::unique_ptr<TextReader> texts_;
  std::vector<Entry> entries_;  // sorted
};

// Images joined with their captions, in the order of the images.
std::unique_ptr<Source<Sample>> join_captions(std::unique_ptr<Source<Sample>> images,
                                              std::unique_ptr<TextReader> texts);

}  // namespace cnclip

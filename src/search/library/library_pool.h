// Libraries that stay open between uses.
#pragma once

#include <filesystem>
#include <functional>

#include "base/pool.h"
#include "search/library/library.h"

namespace cnclip::search {

// One opened Library for each thread that reads at a time. Any thread may call.
class LibraryPool {
 public:
  // Throws bad_input when there is no index.
  explicit LibraryPool(std::filesystem::path index) : index_(std::move(index)) {
    idle_.with(opened(), [](const Library&) {});
  }

  const std::filesystem::path& index() const { return index_; }

  template <class Use>
  auto with(const Use& use) {
    return idle_.with(opened(), use);
  }

 private:
  std::function<Library()> opened() const {
    return [this] { return Library(index_); };
  }

  const std::filesystem::path index_;
  Pool<Library> idle_;
};

}  // namespace cnclip::search

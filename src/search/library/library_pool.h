// Libraries that stay open between uses.
#pragma once

#include <filesystem>
#include <mutex>
#include <utility>
#include <vector>

#include "search/library/library.h"

namespace cnclip::search {

// One opened Library for each thread that reads at a time, opened as it is needed; a few stay open. Any thread may call.
class LibraryPool {
 public:
  // Throws bad_input when there is no index.
  explicit LibraryPool(std::filesystem::path index) : index_(std::move(index)) { give_back(Library(index_)); }

  template <class Use>
  auto with(const Use& use) {
    Library library = take();
    auto result = use(library);
    give_back(std::move(library));  // one that threw is not used again
    return result;
  }

 private:
  static constexpr std::size_t kMostIdle = 16;  // each has files open and pages in memory

  Library take() {
    {
      const std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        Library library = std::move(idle_.back());
        idle_.pop_back();
        return library;
      }
    }
    return Library(index_);
  }
  void give_back(Library library) {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < kMostIdle) idle_.push_back(std::move(library));
  }

  const std::filesystem::path index_;
  std::mutex mutex_;
  std::vector<Library> idle_;
};

}  // namespace cnclip::search

#include "search/indexing/reconcile.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kPage = 2000;     // known files that are asked for at once
constexpr std::size_t kChanges = 5000;  // that are committed at once

struct Stopped {};

// Both sides come in the byte order of paths, so that they are merged in one pass in little memory.
class Merge {
 public:
  Merge(LibraryWriter& writer, const LibrarySource& source, const std::string& start, bool deep,
        const std::function<bool()>& stop)
      : writer_(writer), source_(source), start_(start), deep_(deep), stop_(stop) {
    if (!start.empty()) after_ = start + '/', before_ = start + '0';
  }

  ScanVisitor visitor() {
    return {[this](const FoundFile& file) { add(file); },
            [this](const std::string& folder, const std::string& reason) {
              unreadable_.push_back(folder);
              problem(folder.empty() ? reason : folder + ": " + reason);
            }};
  }

  void problem(const std::string& text) {
    if (problem_.empty()) problem_ = text;
  }

  void finish() {
    const bool whole = start_.empty() && deep_;
    if (whole && found_ == 0 && unreadable_.empty() && peek() != nullptr) {
      problem("holds no pictures any more: is it mounted? Those it had are kept");
    } else if (problem_.empty() || !unreadable_.empty()) {
      while (peek() != nullptr) pass_over();
    }
    if (whole) changes_.push_back([this] { writer_.set_problem(source_.id, problem_); });
    flush();
  }

 private:
  void add(const FoundFile& file) {
    ++found_;
    while (const KnownFile* known = peek()) {
      if (known->file.path >= file.path) break;
      pass_over();
    }
    const KnownFile* known = peek();
    if (known == nullptr || known->file.path != file.path) {
      change([this, file] { writer_.add_waiting(source_.id, file); });
      return;
    }
    const Row row = known->row;
    const bool same = known->file.bytes == file.bytes && known->file.modified == file.modified;
    if (!same)
      change([this, row, file] { writer_.set_waiting(row, file); });
    else if (known->state == PictureState::missing)
      change([this, row] { writer_.set_found(row); });
    ++at_;
  }

  // The next known file has not been found.
  void pass_over() {
    const KnownFile& known = page_[at_++];
    const std::string& path = known.file.path;
    const bool out_of_sight = (!deep_ && path.find('/', after_.size()) != std::string::npos) ||
                              std::any_of(unreadable_.begin(), unreadable_.end(), [&](const std::string& folder) {
                                return folder.empty() || path.starts_with(folder + '/');
                              });
    if (out_of_sight || known.state == PictureState::missing) return;
    const Row row = known.row;
    if (known.content != 0)
      change([this, row] { writer_.set_missing(row); });
    else
      change([this, row] { writer_.remove(row); });
  }

  const KnownFile* peek() {
    if (at_ == page_.size() && !ended_) {
      if (!page_.empty()) last_ = page_.back().file.path;
      page_ = writer_.library().files(source_.id, std::max(last_, after_), before_, kPage);
      at_ = 0;
      ended_ = page_.size() < kPage;
    }
    return at_ < page_.size() ? &page_[at_] : nullptr;
  }

  void change(std::function<void()> change) {
    changes_.push_back(std::move(change));
    if (changes_.size() >= kChanges) flush();
    if (stop_()) throw Stopped();
  }

  void flush() {
    if (changes_.empty()) return;
    writer_.commit([&] {
      for (const auto& change : changes_) change();
    });
    changes_.clear();
  }

  LibraryWriter& writer_;
  const LibrarySource& source_;
  const std::string start_;
  const bool deep_;
  const std::function<bool()>& stop_;
  std::string after_, before_, last_;
  std::vector<KnownFile> page_;
  std::size_t at_ = 0;
  bool ended_ = false;
  std::size_t found_ = 0;
  std::vector<std::string> unreadable_;
  std::string problem_;
  std::vector<std::function<void()>> changes_;
};

}  // namespace

void reconcile(LibraryWriter& writer, const LibrarySource& source, const std::string& start, bool deep,
               const std::function<bool()>& stop) {
  Merge merge(writer, source, start, deep, stop);
  try {
    if (source.kind == SourceKind::folder) {
      scan_folder(source.path, {start, deep, source.hidden}, merge.visitor());
    } else {
      try {
        scan_list(source.path, merge.visitor());
      } catch (const Error& error) {
        merge.problem(error.what());
      }
    }
    merge.finish();
  } catch (const Stopped&) {  // what was not yet committed is found again
  }
}

}  // namespace cnclip::search

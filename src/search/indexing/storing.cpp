#include "search/indexing/storing.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kMostAtOnce = 2000;

}  // namespace

void Storing::add(ReadPicture picture, std::span<const float> vector) {
  ++report_.read;
  done_.push_back({std::move(picture), {vector.begin(), vector.end()}});
}

void Storing::commit_when_due() {
  if (done_.size() >= kMostAtOnce || std::chrono::steady_clock::now() - since_ >= kCommitEvery) commit();
}

void Storing::commit() {
  if (!done_.empty()) {
    writer_.commit([&] {
      for (const Done& done : done_) store(done);
    });
  }
  done_.clear();
  since_ = std::chrono::steady_clock::now();
}

void Storing::store(const Done& done) {
  const ReadPicture& picture = done.picture;
  if (picture.unsteady) return;  // it goes on waiting
  KnownFile known = picture.known;
  if (known.row == 0) {  // in a container
    if (const auto found = writer_.library().file(known.source, picture.file.path))
      known = *found;
    else
      known.row = writer_.add_waiting(known.source, picture.file);
  }
  if (picture.error.empty()) {
    store_sound(known, done);
  } else {
    writer_.settle_broken(known.row, picture.file, picture.error);
    ++report_.errors;
  }
}

// Narrow on purpose: this is the one place where vectors leave the indexer.
void Storing::store_sound(const KnownFile& known, const Done& done) {
  const FoundFile& file = done.picture.file;
  const std::int64_t content = writer_.content(done.picture.content);
  if (!done.vector.empty()) writer_.set_vector(content, done.vector);
  if (known.content == content) {  // touched, and the same
    writer_.settle(known.row, file, content);
    return;
  }
  if (known.content != 0) {
    ++report_.changed;
  } else if (const auto missing = writer_.library().missing_with(content)) {
    writer_.move(*missing, known.row, file);
    ++report_.moved;
    return;
  } else {
    ++report_.added;
    report_.duplicates += writer_.library().in_use(content) ? 1 : 0;
  }
  writer_.settle(known.row, file, content);
}

}  // namespace cnclip::search

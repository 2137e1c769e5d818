// What has been read goes into the library, in commits of a fraction of a second of work.
#pragma once

#include <chrono>

#include "search/indexing/read_picture.h"
#include "search/indexing/update_report.h"

namespace cnclip::search {

// So much work is lost at most when the program is killed.
inline constexpr std::chrono::milliseconds kCommitEvery(300);

class Storing {
 public:
  Storing(LibraryWriter& writer, UpdateReport& report) : writer_(writer), report_(report) {}

  // `vector` is empty where the content has one already, or none can be made.
  void add(ReadPicture picture, std::span<const float> vector);
  void commit_when_due();
  void commit();

 private:
  struct Done {
    ReadPicture picture;
    std::vector<float> vector;
  };
  void store(const Done& done);
  void store_sound(const KnownFile& known, const Done& done);

  LibraryWriter& writer_;
  UpdateReport& report_;
  std::vector<Done> done_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace cnclip::search

// An index, made and kept true to its sources.
//
// Everything is stored as it is done: an Indexer that is killed at any moment loses the work of its latest fraction of
// a second, and the next one goes on. One thread; one Indexer on an index, in any process (others throw unavailable).
// Libraries and searches work meanwhile.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "cnclip/encoder.h"
#include "search/indexing/sending.h"
#include "search/indexing/storing.h"
#include "search/library/write_lock.h"

namespace cnclip::search {

struct NewIndex {
  std::string model;
  bool fast_decode = false;
  bool oriented = false;  // pixels turned as EXIF says; thumbnails always are
  std::string store;      // server that keeps the vectors (see MilvusAddress); empty: the library keeps them
};

// A part of a source that may have changed.
struct SourcePart {
  std::int64_t source = 0;
  std::string start;  // a folder below it; "": itself
  bool deep = true;   // and all below that

  bool operator==(const SourcePart&) const = default;
};

class Indexer {
 public:
  // Makes the index where there is none (its folder, too); goes on with one that was made the same way, and throws
  // usage for another one. The precision "auto" is settled now, for good.
  static Indexer create(const std::filesystem::path& index, const NewIndex& made, EncoderOptions options);
  // Of an index that exists. `model`: where its model is now, when it is not where it was; "": it is. Throws bad_input,
  // when the model is needed, if that is another one.
  Indexer(const std::filesystem::path& index, EncoderOptions options, const std::string& model = "");
  ~Indexer();
  Indexer(Indexer&&) noexcept;

  const Library& library() const { return writer_.library(); }

  // A folder, a list, a container or a folder of them. Nothing happens when it is one already. Throws bad_input when
  // there is no such thing.
  void add_source(const std::filesystem::path& path, bool hidden);
  // Throws usage when it is none.
  void forget_source(const std::filesystem::path& path);

  UpdateReport update(const UpdateControl& control);
  // Of folders and lists: the parts that are named. Containers: whole.
  UpdateReport update(const std::vector<SourcePart>& parts, const UpdateControl& control);

  // Makes all vectors anew by another model, while the old ones answer, and then puts them in their place, at once.
  // Goes on where it was stopped. Throws bad_input when pictures are not what they were: update first. Where a server
  // keeps the vectors, the new ones go into a collection of their own, and in the end the old one is dropped; throws
  // unavailable when the server is away, and has then stored what was done.
  UpdateReport migrate(const std::string& model, EncoderOptions options, const UpdateControl& control);
  void drop_migration();

  // Checks and rewrites the files; where a server keeps the vectors, holds what it has against the library.
  void compact();

 private:
  Indexer(std::filesystem::path index, WriteLock lock, LibraryWriter writer, EncoderOptions options, std::string model);

  Encoder& encoder();
  Transform transform(const ModelStamp& stamp) const;
  bool has_vector(const std::string& hash, VectorSet set);
  std::string location(std::int64_t source, const std::string& path) const;
  void send_all(const UpdateControl& control, UpdateReport& report);
  void encode_waiting(bool like_missing, const UpdateControl& control, UpdateReport& report);
  void remove_missing(UpdateReport& report);
  void update_containers(const LibrarySource& source, const UpdateControl& control, UpdateReport& report);
  void read_container(const LibrarySource& source, const FoundFile& container, const UpdateControl& control,
                      UpdateReport& report);
  void remove_container(const LibrarySource& source, const std::string& name, UpdateReport& report);
  void remove_unseen(const LibrarySource& source, const std::string& container,
                     const std::function<bool(const std::string& path)>& seen, UpdateReport& report);
  void migrate_files(Encoder& encoder, const UpdateControl& control, UpdateReport& report);
  void migrate_containers(Encoder& encoder, const UpdateControl& control, UpdateReport& report);
  void send_while_migrating();
  bool change_over();
  void drop_left_collections();

  std::filesystem::path index_;
  WriteLock lock_;
  LibraryWriter writer_;
  Sending sending_, sending_next_{VectorSet::next};
  EncoderOptions options_;
  std::string model_;
  std::unique_ptr<Encoder> encoder_;  // when it is first needed
  // For the threads that read pictures.
  std::unique_ptr<std::mutex> reader_mutex_;
  std::unique_ptr<Library> reader_;
};

}  // namespace cnclip::search

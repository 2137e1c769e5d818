// All vectors anew, by another model, while the old ones answer.
#include "base/error.h"
#include "data/sources.h"
#include "encode/encode_pictures.h"
#include "search/indexing/indexer.h"
#include "search/indexing/model_stamp.h"
#include "search/milvus/library_collection.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 1000;

// A content whose vector is to be made, and the files that have it.
struct Wanted {
  std::string hash;
  std::vector<std::string> locations;
};

// New vectors, stored in commits of a fraction of a second.
class NewVectors {
 public:
  NewVectors(LibraryWriter& writer, UpdateReport& report) : writer_(writer), report_(report) {}

  void add(const std::string& hash, std::span<const float> vector) {
    vectors_.emplace_back(hash, std::vector<float>(vector.begin(), vector.end()));
  }
  void commit_when_due() {
    if (std::chrono::steady_clock::now() - since_ >= kCommitEvery) commit();
  }
  void commit() {
    since_ = std::chrono::steady_clock::now();
    if (vectors_.empty()) return;
    writer_.commit([&] {
      for (const auto& [hash, vector] : vectors_) {
        if (const auto content = writer_.library().find_content(hash)) writer_.set_next_vector(*content, vector);
      }
    });
    report_.read += static_cast<std::int64_t>(vectors_.size());
    vectors_.clear();
  }

 private:
  LibraryWriter& writer_;
  UpdateReport& report_;
  std::vector<std::pair<std::string, std::vector<float>>> vectors_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

Transform new_transform(const Library& library) {
  const ModelStamp next = library.next_model().value();
  return {static_cast<int>(next.image_size), next.fast_decode, next.oriented, false};
}

}  // namespace

UpdateReport Indexer::migrate(const std::string& model, EncoderOptions options, const UpdateControl& control) {
  const ModelStamp before = library().model();
  auto encoder = std::make_unique<Encoder>(model, options);
  const ModelStamp next = stamp_of(model, *encoder, before.fast_decode, before.oriented);
  const bool done = next.same_vectors(before);
  if (!done) writer_.commit([&] { writer_.begin_migration(next); });
  drop_left_collections();  // of migrations that were ended, or killed at their end
  if (done) throw_usage("{}: is the model of this index already", model);
  if (library().vector_server()) sending_next_.open(library());
  UpdateReport report;
  const auto start = std::chrono::steady_clock::now();
  do {
    migrate_files(*encoder, control, report);
    migrate_containers(*encoder, control, report);
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report.stopped = control.stop();
    report.left = library().contents_to_migrate();
    if (report.stopped) return report;
    if (report.left > 0) {
      const auto content = library().contents_to_migrate(0, 1).at(0);
      const KnownFile file = library().files_of_content(content).at(0);
      throw_bad_input(
          "{}: {} pictures are not there as they were indexed, the first is {}: `cnclip index update`, then migrate "
          "again; the old vectors still answer",
          index_.string(), report.left, location(file.source, file.file.path));
    }
  } while (!change_over());
  encoder_ = std::move(encoder);
  model_ = model;
  try {
    drop_left_collections();
  } catch (const Error& error) {  // which undoes nothing of what has been done
    if (control.warn) control.warn(fmt::format("{}: `cnclip index compact` drops the old collection", error.what()));
  }
  return report;
}

void Indexer::drop_migration() {
  writer_.commit([&] { writer_.drop_migration(); });
  drop_left_collections();
}

// What has been encoded, and, to the collection that answers, what people change meanwhile.
void Indexer::send_while_migrating() {
  sending_next_.send_full(writer_);
  sending_.send_all(writer_);
}

// False: a server has lost vectors, or pictures have changed, before all was there.
bool Indexer::change_over() {
  sending_next_.repair(writer_);
  bool whole = false;
  writer_.commit([&] {
    whole = library().contents_to_migrate() == 0 && library().unsent(1, VectorSet::next).empty();
    if (whole) writer_.finish_migration();
  });
  if (whole) {
    sending_.close();
    sending_next_.close();
  }
  return whole;
}

void Indexer::drop_left_collections() {
  for (const LeftCollection& left : library().left_collections()) {
    drop_collection(left);
    writer_.commit([&] { writer_.forget_collection(left); });
  }
}

std::string Indexer::location(std::int64_t source, const std::string& path) const {
  Picture picture;
  picture.source = source;
  picture.path = path;
  return library().location(picture);
}

void Indexer::migrate_files(Encoder& encoder, const UpdateControl& control, UpdateReport& report) {
  const Transform how = new_transform(library());
  std::map<std::int64_t, LibrarySource> sources;
  for (const LibrarySource& source : library().sources()) sources[source.id] = source;
  const auto all = static_cast<std::size_t>(library().contents_to_migrate());
  std::vector<std::int64_t> page;
  std::size_t at = 0, finished = 0;
  std::int64_t last = 0;
  NewVectors vectors(writer_, report);

  PictureStages<Wanted, ReadPicture> stages;
  stages.produce = [&]() -> std::optional<Wanted> {
    const std::lock_guard lock(*reader_mutex_);
    while (!control.stop()) {
      if (at == page.size()) {
        page = reader_->contents_to_migrate(last, kPage);
        at = 0;
        if (page.empty()) return {};
      }
      last = page[at++];
      Wanted wanted{reader_->hash_of(last), {}};
      for (const KnownFile& file : reader_->files_of_content(last)) {
        const LibrarySource& source = sources.at(file.source);
        if (source.kind == SourceKind::containers) continue;
        wanted.locations.push_back((fs::path(source.path) / file.file.path).string());
      }
      if (!wanted.locations.empty()) return wanted;
    }
    return {};
  };
  stages.prepare = [&](const Wanted& wanted) {
    ReadPicture picture;
    for (const std::string& location : wanted.locations) {
      picture = {};
      // Other bytes than those that were indexed are not decoded.
      read_file_of(
          location, how, [&](const std::string& hash) { return hash != wanted.hash; }, picture);
      if (!picture.pixels.empty()) break;
    }
    return picture;
  };
  stages.finish = [&](const ReadPicture& picture, std::span<const float> vector) {
    ++finished;
    if (!vector.empty()) vectors.add(picture.content.hash, vector);
  };
  stages.batch_done = [&] {
    vectors.commit_when_due();
    send_while_migrating();
    if (control.progress) control.progress(finished, all);
    return !control.stop();
  };
  encode_pictures(encoder, 0, stages);
  vectors.commit();
  send_while_migrating();
}

void Indexer::migrate_containers(Encoder& encoder, const UpdateControl& control, UpdateReport& report) {
  const Transform how = new_transform(library());
  for (const LibrarySource& source : library().sources()) {
    if (source.kind != SourceKind::containers) continue;
    for (const FoundFile& container : library().containers(source.id)) {
      if (control.stop() || library().contents_to_migrate() == 0) return;
      const fs::path path = container.path.empty() ? fs::path(source.path) : fs::path(source.path) / container.path;
      if (!fs::exists(path)) continue;
      const auto pictures = open_images(path);
      NewVectors vectors(writer_, report);
      PictureStages<ImageItem, ReadPicture> stages;
      stages.produce = [&]() -> std::optional<ImageItem> { return control.stop() ? std::nullopt : pictures->next(); };
      stages.prepare = [&](const ImageItem& item) {
        ReadPicture picture;
        const auto not_wanted = [&](const std::string& hash) {
          return !has_vector(hash, VectorSet::current) || has_vector(hash, VectorSet::next);
        };
        if (item.error.empty()) read_bytes(item.bytes, item.id, how, not_wanted, picture);
        return picture;
      };
      stages.finish = [&](const ReadPicture& picture, std::span<const float> vector) {
        if (!vector.empty()) vectors.add(picture.content.hash, vector);
      };
      stages.batch_done = [&] {
        vectors.commit_when_due();
        send_while_migrating();
        return !control.stop();
      };
      encode_pictures(encoder, 0, stages);
      vectors.commit();
      send_while_migrating();
    }
  }
}

}  // namespace cnclip::search

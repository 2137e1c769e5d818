#include "search/indexing/indexer.h"

#include <algorithm>

#include "base/error.h"
#include "encode/encode_pictures.h"
#include "search/indexing/model_stamp.h"
#include "search/indexing/reconcile.h"
#include "search/library/filter_sql.h"
#include "search/library/schema.h"
#include "search/milvus/library_collection.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 1000;

// As sources are stored.
std::string absolute_path(const fs::path& path) {
  return plain_path(fs::absolute(path));
}

std::optional<LibrarySource> find_source(const Library& library, const fs::path& path) {
  for (const LibrarySource& source : library.sources()) {
    if (source.path == absolute_path(path)) return source;
  }
  return {};
}

// Where a library keeps its vectors is settled when it is made. Of one that exists: throws usage for another place.
void settle_store(LibraryWriter& writer, bool exists, const std::string& store) {
  const std::string address = store.empty() ? "" : parse_milvus_address(store).text();
  if (!exists && !store.empty()) writer.commit([&] { writer.set_vector_server(address); });
  const auto server = writer.library().vector_server();
  if (!store.empty() && (!server || (server->given != address && server->address != address))) {
    throw_usage("{}: its vectors are in {}, not in {}", writer.library().folder().string(),
                server ? server->address : "the library itself", address);
  }
  if (server && writer.library().counts().pictures == 0) open_collection(writer.library(), VectorSet::current, true);
}

// A folder that is no index gets no lock file.
WriteLock lock_of(const fs::path& index) {
  const Library library(index);
  return WriteLock(index);
}

}  // namespace

Indexer::Indexer(fs::path index, WriteLock lock, LibraryWriter writer, EncoderOptions options, std::string model)
    : index_(std::move(index)),
      lock_(std::move(lock)),
      writer_(std::move(writer)),
      options_(std::move(options)),
      model_(std::move(model)),
      reader_mutex_(std::make_unique<std::mutex>()),
      reader_(std::make_unique<Library>(index_)) {}

Indexer::Indexer(const fs::path& index, EncoderOptions options, const std::string& model)
    : Indexer(index, lock_of(index), LibraryWriter(index), std::move(options), model) {}

Indexer::~Indexer() = default;
Indexer::Indexer(Indexer&&) noexcept = default;

Indexer Indexer::create(const fs::path& index, const NewIndex& made, EncoderOptions options) {
  if (!fs::exists(index / kLibraryFile) && fs::exists(index) &&
      (!fs::is_directory(index) || !(fs::is_empty(index) || fs::exists(index / "lock")))) {
    throw_usage("{}: exists, and is no index", index.string());
  }
  if (!fs::exists(index / kLibraryFile) && !made.store.empty()) check_no_collection(made.store);
  auto encoder = std::make_unique<Encoder>(made.model, options);
  const ModelStamp stamp = stamp_of(made.model, *encoder, made.fast_decode, made.oriented);
  fs::create_directories(index);
  WriteLock lock(index);
  const bool exists = fs::exists(index / kLibraryFile);
  LibraryWriter writer = exists ? LibraryWriter(index) : LibraryWriter::create(index, stamp);
  if (exists && !writer.library().model().same_vectors(stamp)) {
    throw_usage("{}: is an index of {}: `cnclip index migrate` changes the model", index.string(),
                describe(writer.library().model()));
  }
  settle_store(writer, exists, made.store);
  Indexer indexer(index, std::move(lock), std::move(writer), std::move(options), made.model);
  indexer.encoder_ = std::move(encoder);
  return indexer;
}

Encoder& Indexer::encoder() {
  if (encoder_) return *encoder_;
  const ModelStamp stamp = library().model();
  EncoderOptions options = options_;
  options.precision = stamp.precision;
  const std::string& model = model_.empty() ? stamp.path : model_;
  auto encoder = std::make_unique<Encoder>(model, options);
  const ModelStamp now = stamp_of(model, *encoder, stamp.fast_decode, stamp.oriented);
  if (!now.same_vectors(stamp)) {
    throw_bad_input("{}: is {}, but this index is of {}: `cnclip index migrate` changes the model", model,
                    describe(now), describe(stamp));
  }
  encoder_ = std::move(encoder);
  return *encoder_;
}

Transform Indexer::transform(const ModelStamp& stamp) const {
  return {static_cast<int>(stamp.image_size), stamp.fast_decode, stamp.oriented, true};
}

bool Indexer::has_vector(const std::string& hash, VectorSet set) {
  const std::lock_guard lock(*reader_mutex_);
  return reader_->find_content(hash, set).has_value();
}

void Indexer::add_source(const fs::path& path, bool hidden) {
  if (find_source(library(), path)) return;
  const SourceKind kind = kind_of_source(path);
  writer_.commit([&] { writer_.add_source(kind, absolute_path(path), hidden); });
}

void Indexer::forget_source(const fs::path& path) {
  const auto source = find_source(library(), path);
  if (!source) throw_usage("{}: is no source of this index", path.string());
  writer_.commit([&] { writer_.forget_source(source->id); });
}

UpdateReport Indexer::update(const UpdateControl& control) {
  std::vector<SourcePart> parts;
  for (const LibrarySource& source : library().sources()) parts.push_back({source.id, "", true});
  return update(parts, control);
}

UpdateReport Indexer::update(const std::vector<SourcePart>& parts, const UpdateControl& control) {
  UpdateReport report;
  const auto sources = library().sources();
  const auto each = [&](bool containers, const std::function<void(const LibrarySource&, const SourcePart&)>& run) {
    for (const SourcePart& part : parts) {
      for (const LibrarySource& source : sources) {
        if (source.id == part.source && (source.kind == SourceKind::containers) == containers && !control.stop()) {
          run(source, part);
        }
      }
    }
  };
  each(false, [&](const LibrarySource& source, const SourcePart& part) {
    reconcile(writer_, source, part.start, part.deep, control.stop);
  });
  // Pictures that may have moved come first: then what has vanished is known, and goes.
  encode_waiting(true, control, report);
  if (!control.stop()) remove_missing(report);
  encode_waiting(false, control, report);
  each(true, [&](const LibrarySource& source, const SourcePart&) { update_containers(source, control, report); });
  send_all(control, report);
  report.left = library().counts().waiting;
  report.stopped = control.stop();
  if (control.warn) {
    for (const LibrarySource& source : library().sources()) {
      if (source.problem.empty()) continue;
      const bool names_it = source.problem.starts_with(source.path);
      control.warn(names_it ? source.problem : source.path + ": " + source.problem);
    }
  }
  return report;
}

void Indexer::send_all(const UpdateControl& control, UpdateReport& report) {
  if (sending_.send_all(writer_) == 0 || control.stop()) return;
  // What was lost.
  encode_waiting(false, control, report);
  for (const LibrarySource& source : library().sources()) {
    if (source.kind == SourceKind::containers) update_containers(source, control, report);
  }
  sending_.send_all(writer_);
}

void Indexer::encode_waiting(bool like_missing, const UpdateControl& control, UpdateReport& report) {
  const auto page_after = [&](Row row) {
    const std::lock_guard lock(*reader_mutex_);
    return reader_->files_in(PictureState::waiting, row, kPage, like_missing);
  };
  std::vector<KnownFile> page = page_after(0);
  if (page.empty() || control.stop()) return;
  std::map<std::int64_t, std::string> roots;
  for (const LibrarySource& source : library().sources()) {
    if (source.kind != SourceKind::containers) roots[source.id] = source.path;
  }
  const Transform how = transform(library().model());
  const std::size_t all = like_missing ? page.size() : static_cast<std::size_t>(library().counts().waiting);
  std::size_t at = 0, finished = 0;
  Storing storing(writer_, report);

  PictureStages<KnownFile, ReadPicture> stages;
  stages.produce = [&]() -> std::optional<KnownFile> {
    while (!control.stop()) {
      if (at == page.size()) {
        page = page_after(page.back().row);
        at = 0;
        if (page.empty()) return {};
      }
      const KnownFile& known = page[at++];
      if (roots.contains(known.source)) return known;  // others are read with their container
    }
    return {};
  };
  stages.prepare = [&](KnownFile known) {
    ReadPicture picture;
    const std::string location = (fs::path(roots.at(known.source)) / known.file.path).string();
    picture.known = std::move(known);
    read_file_of(
        location, how, [&](const std::string& hash) { return has_vector(hash, VectorSet::current); }, picture);
    return picture;
  };
  stages.finish = [&](ReadPicture picture, std::span<const float> vector) {
    ++finished;
    storing.add(std::move(picture), vector);
  };
  stages.batch_done = [&] {
    storing.commit_when_due();
    sending_.send_full(writer_);
    if (control.progress) control.progress(finished, std::max(all, finished));
    return !control.stop();
  };
  Encoder& with = encoder();
  const auto start = std::chrono::steady_clock::now();
  encode_pictures(with, 0, stages);
  storing.commit();
  report.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Indexer::remove_missing(UpdateReport& report) {
  for (;;) {
    const auto missing = library().files_in(PictureState::missing, 0, kPage);
    if (missing.empty()) return;
    writer_.commit([&] {
      for (const KnownFile& known : missing) writer_.remove(known.row);
    });
    report.removed += static_cast<std::int64_t>(missing.size());
  }
}

void Indexer::compact() {
  drop_left_collections();
  sending_.repair(writer_);
  writer_.compact();
}

}  // namespace cnclip::search

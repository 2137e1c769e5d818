// Sources of containers: many pictures in a file, which is read from end to end when it has changed.
#include <unordered_set>

#include "base/error.h"
#include "data/sources.h"
#include "encode/encode_pictures.h"
#include "search/indexing/indexer.h"
#include "search/indexing/scan.h"

namespace cnclip::search {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 1000;

const FoundFile* find(const std::vector<FoundFile>& files, const std::string& name) {
  for (const FoundFile& file : files) {
    if (file.path == name) return &file;
  }
  return nullptr;
}

// The path of a picture with that id.
std::string inside(const std::string& container, const std::string& id) {
  return container.empty() ? id : container + '/' + id;
}

}  // namespace

void Indexer::update_containers(const LibrarySource& source, const UpdateControl& control, UpdateReport& report) {
  std::vector<FoundFile> found;
  std::string problem;
  try {
    found = scan_containers(source.path);
    if (found.empty()) problem = "holds no tar files any more: is it mounted? Pictures it had are kept";
  } catch (const Error& error) {
    problem = error.what();
  }
  writer_.commit([&] { writer_.set_problem(source.id, problem); });
  if (!problem.empty()) return;
  const std::vector<FoundFile> known = library().containers(source.id);
  for (const FoundFile& before : known) {
    if (find(found, before.path) == nullptr) remove_container(source, before.path, report);
  }
  for (const FoundFile& now : found) {
    const FoundFile* before = find(known, now.path);
    if (before != nullptr && before->bytes == now.bytes && before->modified == now.modified) continue;
    if (control.stop()) return;
    read_container(source, now, control, report);
  }
}

void Indexer::read_container(const LibrarySource& source, const FoundFile& container, const UpdateControl& control,
                             UpdateReport& report) {
  const fs::path path = container.path.empty() ? fs::path(source.path) : fs::path(source.path) / container.path;
  const Transform how = transform(library().model());
  Encoder& with = encoder();
  const auto start = std::chrono::steady_clock::now();
  Storing storing(writer_, report);
  std::unordered_set<std::string> seen;
  bool whole = true;
  const auto broken = [&](const std::string& error) {
    ReadPicture picture;
    picture.known.source = source.id;
    picture.file = container;
    picture.error = error;
    seen.insert(picture.file.path);
    storing.add(std::move(picture), {});
    whole = false;
  };

  PictureStages<ImageItem, ReadPicture> stages;
  std::unique_ptr<ImageSource> pictures;
  stages.produce = [&]() -> std::optional<ImageItem> { return control.stop() ? std::nullopt : pictures->next(); };
  stages.prepare = [&](ImageItem item) {
    ReadPicture picture;
    picture.known.source = source.id;
    picture.file = {inside(container.path, item.id), static_cast<std::int64_t>(item.bytes.size()), container.modified};
    picture.error = item.error;
    if (!item.error.empty() && item.id == path.string()) {
      picture.unsteady = true;  // not a picture: the rest of the container cannot be read
    } else if (item.error.empty()) {
      read_bytes(
          item.bytes, item.where.empty() ? item.id : item.where, how,
          [&](const std::string& hash) { return has_vector(hash, VectorSet::current); }, picture);
    }
    return picture;
  };
  stages.finish = [&](ReadPicture picture, std::span<const float> vector) {
    if (picture.unsteady) {
      broken(picture.error);
      return;
    }
    seen.insert(picture.file.path);
    storing.add(std::move(picture), vector);
  };
  stages.batch_done = [&] {
    storing.commit_when_due();
    sending_.send_full(writer_);
    if (control.progress) control.progress(seen.size(), {});
    return !control.stop();
  };
  try {
    pictures = open_images(path);
    encode_pictures(with, 0, stages);
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) throw;
    broken(error.what());
  }
  storing.commit();
  report.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (control.stop()) return;
  // What follows a place that cannot be read may be there still.
  if (whole)
    remove_unseen(
        source, container.path, [&](const std::string& p) { return seen.contains(p); }, report);
  writer_.commit([&] { writer_.set_container(source.id, container); });
}

void Indexer::remove_container(const LibrarySource& source, const std::string& name, UpdateReport& report) {
  remove_unseen(
      source, name, [](const std::string&) { return false; }, report);
  writer_.commit([&] { writer_.remove_container(source.id, name); });
}

void Indexer::remove_unseen(const LibrarySource& source, const std::string& container,
                            const std::function<bool(const std::string& path)>& seen, UpdateReport& report) {
  std::vector<Row> rows;
  if (const auto itself = library().file(source.id, container); itself && !seen(container)) rows.push_back(itself->row);
  std::string after = container.empty() ? "" : container + '/';
  const std::string before = container.empty() ? "" : container + '0';
  for (;;) {
    const auto page = library().files(source.id, after, before, kPage);
    for (const KnownFile& known : page) {
      if (!seen(known.file.path)) rows.push_back(known.row);
    }
    if (page.size() < kPage) break;
    after = page.back().file.path;
  }
  if (rows.empty()) return;
  writer_.commit([&] {
    for (const Row row : rows) writer_.remove(row);
  });
  report.removed += static_cast<std::int64_t>(rows.size());
}

}  // namespace cnclip::search

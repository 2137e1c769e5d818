// library.sqlite: a sound one is made at the start, the input says which bytes of it to change (three bytes of place,
// one of value, again and again); then all there is to read is read.
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "search/library/folders.h"
#include "search/library/writer.h"

namespace {

namespace fs = std::filesystem;
namespace search = cnclip::search;

const fs::path& folder() {
  static const fs::path made = [] {
    char name[] = "/tmp/library_fuzz_XXXXXX";
    return fs::path(::mkdtemp(name));
  }();
  return made;
}

std::string sound_library() {
  const search::ModelStamp model = {"/m.pt", "tiny", "f", 2, 1, 32, false, false, "f32"};
  {
    auto writer = search::LibraryWriter::create(folder(), model);
    writer.commit([&] {
      const auto source = writer.add_source(search::SourceKind::folder, "/p", false);
      writer.set_container(source, {"a.tar", 1, 1});
      const float vector[] = {1, 0};
      for (int i = 0; i < 20; ++i) {
        const search::FoundFile file = {"a/" + std::to_string(i), i, i};
        const auto row = writer.add_waiting(source, file);
        if (i % 7 == 1) {
          writer.settle_broken(row, file, "broken");
          continue;
        }
        const auto content = writer.content({std::string(62, '0') + std::to_string(10 + i), i, i, 1, ""});
        writer.set_vector(content, vector);
        writer.settle(row, file, content);
        writer.tag(row, i % 2 == 0 ? "x" : "y");
      }
      writer.remove(3);
      writer.set_vector_server("milvus://db");
      writer.tag(4, "z");
      writer.begin_migration({"/n.pt", "tiny", "h", 2, 1, 32, false, false, "f32"});
      writer.begin_migration({"/n.pt", "tiny", "g", 2, 1, 32, false, false, "f32"});
      writer.set_next_vector(1, vector);
    });
  }
  std::ifstream file(folder() / "library.sqlite", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void read_everything(const search::Library& library) {
  library.model();
  library.next_model();
  library.changes_since(0, {[] {}, [](search::Row) {}, [](search::Row, std::span<const float>) {}});
  library.changes_since(library.version() - 1, {[] {}, [](search::Row) {}, [](search::Row, std::span<const float>) {}});
  library.counts();
  library.tags();
  library.visit_broken([](const search::Picture&) {});
  library.visit_looks([](search::Row, std::int64_t, std::uint64_t) {});
  library.contents_to_migrate();
  library.contents_to_migrate(0, 100);
  for (const auto set : {search::VectorSet::current, search::VectorSet::next}) {
    library.vector_server(set);
    library.unsent(100, set);
  }
  library.left_collections();
  library.find("/p/a/1");
  search::folders_of(library, 100);
  for (const auto state : {search::PictureState::waiting, search::PictureState::missing})
    library.files_in(state, 0, 100);
  for (const auto& source : library.sources()) {
    library.containers(source.id);
    library.files(source.id, "", "", 100);
  }
  search::Filter filter;
  filter.folder = "a";
  filter.tags = {"x"};
  filter.width_from = 1;
  for (const search::Row row : library.rows(filter)) {
    if (const auto picture = library.picture(row)) {
      library.location(*picture);
      library.hash_of(picture->content);
      library.files_of_content(picture->content);
    }
    library.vector(row);
    library.thumbnail(row);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string sound = sound_library();
  std::string bytes = sound;
  for (std::size_t i = 0; i + 4 <= size; i += 4) {
    const std::size_t place = data[i] | data[i + 1] << 8 | data[i + 2] << 16;
    bytes[place % bytes.size()] = static_cast<char>(data[i + 3]);
  }
  const fs::path file = folder() / "library.sqlite";
  for (const char* rest : {"-wal", "-shm"}) fs::remove(file.string() + rest);
  std::ofstream(file, std::ios::binary) << bytes;
  try {
    read_everything(search::Library(folder()));
  } catch (const cnclip::Error&) {
  }
  return 0;
}

// One side of the comparison in run.py: `search_speed ROWS.npy QUERIES.npy K CACHE` holds the vectors. It answers with
// the wall-clock seconds first:
//   exact FIRST COUNT [PATH]   the K nearest of COUNT queries, every vector looked at; rows to PATH as int64
//   listed FIRST COUNT [PATH]  the same by lists
//   add                        all vectors once more, into a store of its own; then the seconds of the first and the
//                              last tenth
//   build LISTS FIRST COUNT    writes CACHE, with LISTS lists (0: as many as the program takes), of which as many are
//                              to be looked into as COUNT queries need that stand for neutral sentences
//   start                      opens CACHE, which is used from then on; then lists, probes and measured recall
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "search/nearest/nearest.h"
#include "search/nearest/vector_cache.h"
#include "search/nearest/vector_store.h"
#include "vectors/npy_reader.h"

namespace {

using namespace cnclip;
using namespace cnclip::search;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Matrix {
  Tensor tensor;
  std::int64_t rows = tensor.shape()[0], width = tensor.shape()[1];
  std::span<const float> some(std::int64_t first, std::int64_t count) const {
    return tensor.data<float>().subspan(static_cast<std::size_t>(first * width),
                                        static_cast<std::size_t>(count * width));
  }
};

void fill(VectorStore& store, const Matrix& rows, std::int64_t first, std::int64_t end) {
  for (std::int64_t row = first; row < end; ++row) {
    store.set(row, rows.some(row, 1));
    if (row % 1000 == 0) store.publish();
  }
  store.publish();
}

void save(const std::vector<Nearest>& found, const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  for (const Nearest& one : found) {
    for (const Neighbor& neighbor : one.neighbors)
      file.write(reinterpret_cast<const char*>(&neighbor.row), sizeof(neighbor.row));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: search_speed ROWS.npy QUERIES.npy K CACHE\n";
    return 2;
  }
  const Matrix rows{read_npy(argv[1])}, queries{read_npy(argv[2])};
  const std::string cache = argv[4];
  auto store = std::make_unique<VectorStore>(rows.width);
  fill(*store, rows, 0, rows.rows);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what, path;
    words >> what;
    const double start = now();
    if (what == "exact" || what == "listed") {
      std::int64_t first = 0, count = 0;
      words >> first >> count >> path;
      const auto found =
          nearest(*store->snapshot(), queries.some(first, count), {std::stoi(argv[3]), nullptr, what == "exact", 0});
      const double seconds = now() - start;
      if (!path.empty()) save(found, path);
      std::cout << seconds << std::endl;  // whoever asks reads the file now
    } else if (what == "add") {
      VectorStore other(rows.width);
      const std::int64_t tenth = rows.rows / 10;
      fill(other, rows, 0, tenth);
      const double first = now();
      fill(other, rows, tenth, 9 * tenth);
      const double last = now();
      fill(other, rows, 9 * tenth, rows.rows);
      std::cout << now() - start << ' ' << first - start << ' ' << now() - last << std::endl;
    } else if (what == "build") {
      std::size_t lists = 0;
      std::int64_t first = 0, count = 0;
      words >> lists >> first >> count;
      write_vector_cache(cache, *store->snapshot(), {"bench", 1}, {lists, 0.99, queries.some(first, count), 0});
      std::cout << now() - start << std::endl;
    } else if (what == "start") {
      store = std::make_unique<VectorStore>(std::move(open_vector_cache(cache, "bench", rows.width)->snapshot));
      std::cout << now() - start;
      if (const auto partition = store->snapshot()->partition)
        std::cout << ' ' << partition->lists() << ' ' << partition->effort.probes_10 << ' '
                  << partition->effort.recall_10;
      std::cout << std::endl;
    }
  }
}

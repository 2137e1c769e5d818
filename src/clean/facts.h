// What the first pass finds out about every row, in files of one chunk each: so that work can be shared out and goes on
// after an interruption.
#pragma once

#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/ordered_pipeline.h"
#include "clean/hash.h"

namespace cnclip::clean {

// Chunk c belongs to part c mod of.
struct Part {
  std::size_t index = 0;
  std::size_t of = 1;
  bool has(std::size_t chunk) const { return chunk % of == index; }
};

template <class Facts>
class FactStore {
  static_assert(std::is_trivially_copyable_v<Facts>);

 public:
  FactStore(std::filesystem::path folder, std::string stem) : folder_(std::move(folder)), stem_(std::move(stem)) {}

  bool has(std::size_t chunk) const { return std::filesystem::exists(path(chunk)); }
  void write(std::size_t chunk, std::span<const Facts> facts) const {
    const std::string_view bytes(reinterpret_cast<const char*>(facts.data()), facts.size_bytes());
    const std::uint64_t check = hash64(bytes);
    AtomicFile file(path(chunk));
    file.write(std::string_view(reinterpret_cast<const char*>(&check), sizeof check));
    file.write(bytes);
    file.commit();
  }
  std::vector<Facts> read(std::size_t chunk) const {
    const std::string bytes = read_file(path(chunk));
    std::uint64_t check = 0;
    const std::size_t size = bytes.size() - sizeof check;
    std::memcpy(&check, bytes.data(), std::min(bytes.size(), sizeof check));
    if (bytes.size() < sizeof check || size % sizeof(Facts) != 0 ||
        check != hash64(std::string_view(bytes).substr(sizeof check))) {
      throw_bad_input("{}: is damaged; remove it and start again", path(chunk).string());
    }
    std::vector<Facts> facts(size / sizeof(Facts));
    std::memcpy(static_cast<void*>(facts.data()), bytes.data() + sizeof check, size);
    return facts;
  }

 private:
  std::filesystem::path path(std::size_t chunk) const { return folder_ / fmt::format("{}-{:07}", stem_, chunk); }

  std::filesystem::path folder_;
  std::string stem_;
};

// Judges every row of this part whose facts are not in the store yet, chunks side by side. next() gives the
// rows in order; skip() passes one over, and says whether there was one.
template <class Facts, class Row>
void make_facts(const FactStore<Facts>& store, std::size_t chunk_rows, int workers, Part part,
                const std::function<std::optional<Row>()>& next, const std::function<bool()>& skip,
                const std::function<Facts(const Row&)>& judge) {
  struct Batch {
    std::size_t chunk = 0;
    std::vector<Row> rows;
  };
  struct Judged {
    std::size_t chunk = 0;
    std::vector<Facts> facts;
  };
  std::size_t chunk = 0;
  const auto produce = [&]() -> std::optional<Batch> {
    for (;; ++chunk) {
      const bool wanted = part.has(chunk) && !store.has(chunk);
      Batch batch{chunk, {}};
      std::size_t seen = 0;
      for (; seen < chunk_rows; ++seen) {
        if (!wanted) {
          if (!skip()) break;
          continue;
        }
        std::optional<Row> row = next();
        if (!row) break;
        batch.rows.push_back(std::move(*row));
      }
      if (seen == 0) return {};
      if (!wanted) continue;
      ++chunk;
      return batch;
    }
  };
  OrderedPipeline<Batch, Judged> pipeline(workers, 2 * static_cast<std::size_t>(workers), produce, [&](Batch batch) {
    Judged judged{batch.chunk, {}};
    judged.facts.reserve(batch.rows.size());
    for (const Row& row : batch.rows) judged.facts.push_back(judge(row));
    return judged;
  });
  while (const auto judged = pipeline.next()) store.write(judged->chunk, judged->facts);
}

// The facts of all rows, in order.
template <class Facts>
class FactReader {
 public:
  explicit FactReader(const FactStore<Facts>& store) : store_(store) {}
  const Facts* next() {
    if (at_ == facts_.size()) {
      if (!store_.has(chunk_)) return nullptr;
      facts_ = store_.read(chunk_++);
      at_ = 0;
    }
    return at_ < facts_.size() ? &facts_[at_++] : nullptr;
  }

 private:
  const FactStore<Facts>& store_;
  std::vector<Facts> facts_;
  std::size_t chunk_ = 0, at_ = 0;
};

}  // namespace cnclip::clean

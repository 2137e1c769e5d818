#include "data/formats/parquet_table.h"

#include <algorithm>

#include "base/error.h"
#include "data/formats/parquet_rows.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr int kPartShift = 40;  // a place: the part above, the row in it below

// A part that is open, and which.
struct OpenPart {
  std::size_t part = 0;
  std::unique_ptr<ParquetRows> rows;
};

class ParquetTable : public CaptionTable {
 public:
  ParquetTable(std::vector<fs::path> parts, bool pictures) : parts_(std::move(parts)), pictures_(pictures) {
    enter(reading_, 0);
  }

  std::optional<TableRow> next() override {
    while (reading_.part < parts_.size()) {
      if (auto row = reading_.rows->next()) {
        row->place |= std::uint64_t{reading_.part} << kPartShift;
        return row;
      }
      if (reading_.part + 1 == parts_.size()) return {};
      enter(reading_, reading_.part + 1);
    }
    return {};
  }

  // Quick where places rise, as they do for captions in the order of their images.
  TableRow at(std::uint64_t place) override {
    const std::size_t part = place >> kPartShift;
    if (!looking_.rows || looking_.part != part) enter(looking_, part);
    looking_.rows->seek(place & ((std::uint64_t{1} << kPartShift) - 1));
    auto row = looking_.rows->next();
    if (!row) throw_bad_input("{}: has changed", parts_.at(part).string());
    row->place = place;
    return std::move(*row);
  }

 private:
  void enter(OpenPart& open, std::size_t part) const {
    open.rows = std::make_unique<ParquetRows>(parts_.at(part), pictures_);
    open.part = part;
  }

  std::vector<fs::path> parts_;
  bool pictures_;
  OpenPart reading_, looking_;
};

}  // namespace

std::vector<fs::path> parquet_files_in(const fs::path& folder) {
  std::vector<fs::path> parts;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".parquet") parts.push_back(entry.path());
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

std::unique_ptr<CaptionTable> open_parquet_table(std::vector<fs::path> parts, bool pictures) {
  return std::make_unique<ParquetTable>(std::move(parts), pictures);
}

}  // namespace cnclip

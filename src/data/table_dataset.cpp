#include "base/error.h"
#include "base/file.h"
#include "data/datasets.h"
#include "data/formats/caption_table.h"
#include "data/formats/fingerprint.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// Rows are numbered from 0; a row that brings no ids has its number for its text, and its picture's path, or its number
// again, for its image.
Id image_id_of(const TableRow& row, std::uint64_t number) {
  if (row.image_id) return *row.image_id;
  if (!row.image.empty()) return {row.image, false};
  return {std::to_string(number), true};
}

Id text_id_of(const TableRow& row, std::uint64_t number) {
  return row.text_id ? *row.text_id : Id{std::to_string(number), true};
}

// Each picture once, however many rows name it; addresses as they come, with their captions. Broken rows are left to
// the reader of the texts.
class TableImages : public Source<Sample> {
 public:
  TableImages(const fs::path& table, fs::path folder) : table_(open_caption_table(table)), folder_(std::move(folder)) {}

  std::optional<Sample> next() override {
    for (std::uint64_t number = number_; auto row = table_->next(); number = number_) {
      ++number_;
      if (!row->error.empty()) continue;
      Id id = image_id_of(*row, number);
      if (row->image.empty() || seen_.insert(id.text)) return sample(std::move(*row), std::move(id), number);
    }
    return {};
  }

 private:
  Sample sample(TableRow row, Id id, std::uint64_t number) const {
    Sample sample;
    sample.id = std::move(id.text);
    sample.where = std::move(row.where);
    sample.metadata = std::move(row.metadata);
    if (!row.url.empty()) sample.metadata["url"] = std::move(row.url);
    if (row.bytes) {
      if (row.bytes->empty())
        sample.error = fmt::format("{}: no picture in this row, or one that is too large", sample.where);
      sample.bytes = std::move(*row.bytes);
    }
    if (row.image.empty()) {
      if (row.caption) sample.captions.push_back({text_id_of(row, number), std::move(*row.caption)});
      return sample;
    }
    try {
      sample.bytes = read_file(folder_ / row.image, kMaxImageBytes);
    } catch (const Error& error) {
      sample.error = fmt::format("{}: {}", sample.where, error.what());
    }
    return sample;
  }

  std::unique_ptr<CaptionTable> table_;
  fs::path folder_;
  std::uint64_t number_ = 0;
  FingerprintSet seen_;
};

class TableTexts : public TextReader {
 public:
  explicit TableTexts(const fs::path& table) : table_(open_caption_table(table, false)) {}

  std::optional<Text> next() override {
    while (auto row = table_->next()) {
      offsets_.push_back(row->place);
      if (!row->error.empty() || row->caption) return text(std::move(*row), offsets_.size() - 1);
    }
    return {};
  }
  Text at(std::uint64_t number) override { return text(table_->at(offsets_.at(number)), number); }

 private:
  static Text text(TableRow row, std::uint64_t number) {
    Text text;
    text.image_ids = {image_id_of(row, number)};
    text.id = text_id_of(row, number);
    if (row.caption) text.text = std::move(*row.caption);
    text.error = std::move(row.error);
    text.where = std::move(row.where);
    text.place = number;
    return text;
  }

  std::unique_ptr<CaptionTable> table_;
  std::vector<std::uint64_t> offsets_;  // of the rows: their numbers give ids to those that have none
};

class TableDataset : public SplitDataset {
 public:
  TableDataset(const fs::path& table, const fs::path& folder) : table_(table), folder_(folder) {
    auto rows = open_caption_table(table);
    auto row = rows->next();
    while (row && !row->error.empty()) row = rows->next();
    if (!row) throw_bad_input("{}: no row can be read", table.string());
    beside_ = row->image.empty();
    kind_ = row->bytes ? "table of images and captions"
            : beside_  ? "table of addresses and captions"
                       : "images and a table of captions";
  }

  std::unique_ptr<Source<Sample>> images() const override { return std::make_unique<TableImages>(table_, folder_); }
  std::unique_ptr<TextReader> text_reader() const override { return std::make_unique<TableTexts>(table_); }
  std::unique_ptr<Source<Sample>> samples() const override { return beside_ ? images() : SplitDataset::samples(); }
  std::vector<fs::path> files() const override { return caption_table_files(table_); }
  std::string kind() const override { return kind_; }

 private:
  fs::path table_, folder_;
  std::string kind_;
  bool beside_ = false;  // captions stand in the rows of their images
};

}  // namespace

std::unique_ptr<Dataset> open_table_dataset(const fs::path& table, const fs::path& folder) {
  return std::make_unique<TableDataset>(table, folder);
}

}  // namespace cnclip

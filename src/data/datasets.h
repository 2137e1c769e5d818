// The kinds of data set; open_dataset chooses.
#pragma once

#include "data/caption_index.h"
#include "data/dataset.h"

namespace cnclip {

// Images in one place, captions in another that can be read again by their places.
class SplitDataset : public Dataset {
 public:
  virtual std::unique_ptr<TextReader> text_reader() const = 0;
  std::unique_ptr<Source<Text>> texts() const override { return text_reader(); }
  std::unique_ptr<Source<Sample>> samples() const override { return join_captions(images(), text_reader()); }
};

std::unique_ptr<Dataset> open_official_dataset(const std::filesystem::path& folder, const std::string& split);
std::unique_ptr<Dataset> open_lmdb_dataset(const std::filesystem::path& folder);
// cnclip's own, by their manifest.
std::unique_ptr<Dataset> open_shard_dataset(const std::filesystem::path& folder);
// Others' shards. Captions without an id are numbered from 0 on.
std::unique_ptr<Dataset> open_tar_dataset(std::vector<std::filesystem::path> shards);

// A table of captions (data/formats/caption_table.h), its pictures below `folder`; or one of addresses.
std::unique_ptr<Dataset> open_table_dataset(const std::filesystem::path& table, const std::filesystem::path& folder);
// COCO's captions, or Visual Genome's regions (data/formats/coco_json.h).
std::unique_ptr<Dataset> open_coco_dataset(const std::filesystem::path& json, const std::filesystem::path& folder);

}  // namespace cnclip

// Where images and texts come from: folders, lists, the official TSV and JSONL, LMDB, tar shards.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace cnclip {

// One image file's bytes, not yet decoded; or why it could not be read.
struct ImageItem {
  std::string id;  // path relative to the folder given, official image id, or name in the archive
  std::string bytes;
  std::string error;  // empty: all is well
};

struct TextItem {
  std::string id;  // text_id, or the line number counted from 1
  std::string text;
  std::string error;
};

template <class Item>
class Source {
 public:
  virtual ~Source() = default;
  // Nothing at the end. Not for two threads at once. A broken container throws bad_input with file and place; one shard
  // of several gives an item that says so.
  virtual std::optional<Item> next() = 0;
  // How many there will be, where that is known beforehand.
  virtual std::optional<std::size_t> count() const { return {}; }
};

using ImageSource = Source<ImageItem>;
using TextSource = Source<TextItem>;

// A folder (every image below it, by name of path, in byte order), a picture, a list of paths (.txt), official .tsv
// (id, tab, base64), an LMDB folder (official `imgs`, or the split above it), a tar file or a folder of tar shards.
std::unique_ptr<ImageSource> open_images(const std::filesystem::path& input);

// Official .jsonl ({"text_id", "text"}), or any other file: a text a line. "-" is standard input.
std::unique_ptr<TextSource> open_texts(const std::string& input);

}  // namespace cnclip

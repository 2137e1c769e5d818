// The records that all sources of data sets give and all writers take, and the stream they come in.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cnclip {

// Bounds against hostile or broken files. A picture of 256 MiB is 342 MiB of base64.
inline constexpr std::size_t kMaxImageBytes = std::size_t{256} << 20;
inline constexpr std::size_t kMaxTextBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxLineBytes = kMaxImageBytes / 3 * 4 + 4096;

// An official id: an integer by convention, sometimes a string. Files written again must keep which it was.
struct Id {
  std::string text;
  bool number = false;  // `text` is a decimal int64, as std::to_string writes it
  bool operator==(const Id&) const = default;
};

// A number where the text is one.
Id id_from_text(std::string text);
// Nothing for what is neither an integer of 64 bits nor a string.
std::optional<Id> id_from_json(const nlohmann::ordered_json& json);
nlohmann::ordered_json json_of(const Id& id);

struct Caption {
  Id id;  // text_id
  std::string text;
};

// One image: its file's bytes, not yet decoded, or why they could not be read.
struct Sample {
  std::string id;      // path relative to the folder given, official image id, or name in the archive
  std::string bytes;   // empty where the source has addresses only (metadata["url"])
  std::string error;   // empty: all is well; begins with the place
  std::string where;   // file and line, for messages about it
  std::string base64;  // the bytes as the source spelt them, where it did: files written again keep the spelling
  std::vector<Caption> captions;
  nlohmann::ordered_json metadata = nlohmann::ordered_json::object();  // url, width, height, similarity, …
};

// One caption and the images it belongs to; none: not known.
struct Text {
  Id id;  // text_id, or the line number counted from 1
  std::string text;
  std::vector<Id> image_ids;
  std::string error;
  std::string where;
  std::uint64_t place = 0;  // where TextReader::at finds it again
};

template <class Item>
class Source {
 public:
  virtual ~Source() = default;
  // Nothing at the end. Not for two threads at once. A broken container throws bad_input with file and place.
  virtual std::optional<Item> next() = 0;
  // How many there will be, where that is known beforehand.
  virtual std::optional<std::size_t> count() const { return {}; }
};

// Texts that can be read again one by one, so that no more than their places need be kept.
class TextReader : public Source<Text> {
 public:
  // `place` is that of a text which next() gave. Does not disturb next().
  virtual Text at(std::uint64_t place) = 0;
};

}  // namespace cnclip

// The text files of a classification data set.
#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/error.h"
#include "base/file.h"
#include "base/lines.h"
#include "data/formats/bounded_json.h"
#include "eval/classification/class_folder.h"
#include "text/utf8.h"

namespace cnclip::classification {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLineBytes = std::size_t{1} << 16;
constexpr std::size_t kMaxClasses = 100'000;
constexpr std::size_t kMaxIndexBytes = std::size_t{64} << 20;

// Calls `take(text, place, number)` for each line, stripped.
template <class Take>
void for_each_line(const fs::path& file, Take take) {
  LineReader lines(file, kMaxLineBytes);
  while (const auto line = lines.next()) {
    const std::string place = lines.place(*line);
    if (line->too_long) throw_bad_input("{}: over {} bytes", place, kMaxLineBytes);
    take(stripped(line->text), place, line->number);
  }
}

std::vector<int> parse_classes(std::string_view text, std::size_t classes, std::string_view place) {
  std::vector<int> numbers;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view item = text.substr(begin, end - begin);
    begin = end + 1;
    int number = -1;
    const auto [stop, error] = std::from_chars(item.data(), item.data() + item.size(), number);
    if (error != std::errc() || stop != item.data() + item.size() || number < 0 ||
        static_cast<std::size_t>(number) >= classes) {
      throw_bad_input("{}: class {}: it is a number from 0 to {}", place, item, classes - 1);
    }
    if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) {
      throw_bad_input("{}: class {} twice", place, number);
    }
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

std::vector<std::string> read_labels(const fs::path& file, bool repeated_names) {
  std::vector<std::string> labels;
  std::unordered_map<std::string, std::size_t> lines;
  for_each_line(file, [&](std::string_view text, std::string_view place, std::size_t number) {
    if (text.empty()) throw_bad_input("{}: an empty class name", place);
    if (!is_utf8(text)) throw_bad_input("{}: not UTF-8", place);
    if (labels.size() == kMaxClasses) throw_bad_input("{}: over {} classes", place, kMaxClasses);
    const auto [first, fresh] = lines.emplace(text, number);
    if (!fresh && !repeated_names) {
      throw_bad_input("{}: {} is the name of the class on line {} too", place, text, first->second);
    }
    labels.emplace_back(text);
  });
  if (labels.size() < 2) throw_bad_input("{}: {} class names, at least 2 are needed", file.string(), labels.size());
  return labels;
}

std::vector<LabelledImage> read_image_list(const fs::path& file, std::size_t classes) {
  std::vector<LabelledImage> images;
  std::unordered_map<std::string, std::size_t> lines;
  for_each_line(file, [&](std::string_view text, std::string_view place, std::size_t number) {
    const std::size_t space = text.find_last_of(" \t");
    if (space == std::string_view::npos) {
      throw_bad_input("{}: a path, a space and the numbers of its classes are needed: {}", place, text);
    }
    const std::string id(stripped(text.substr(0, space)));
    if (id.ends_with(',')) throw_bad_input("{}: a space between the numbers of the classes: {}", place, text);
    const auto [first, fresh] = lines.emplace(id, number);
    if (!fresh) throw_bad_input("{}: {} is on line {} too", place, id, first->second);
    images.push_back({id, file.parent_path() / id, parse_classes(text.substr(space + 1), classes, place)});
  });
  if (images.empty()) throw_bad_input("{}: no pictures in this list", file.string());
  return images;
}

std::vector<std::size_t> read_submission_order(const fs::path& file, std::size_t images) {
  const auto json = parse_bounded_json(read_file(file, kMaxIndexBytes));
  if (!json.is_array()) throw_bad_input("{}: no JSON list of numbers", file.string());
  if (json.size() != images) throw_bad_input("{}: {} numbers for {} images", file.string(), json.size(), images);
  std::vector<std::size_t> order;
  std::vector<bool> taken(images);
  for (const auto& item : json) {
    const bool fits = item.is_number_unsigned() && item.get<std::uint64_t>() < images;
    if (!fits || taken[item.get<std::size_t>()]) {
      throw_bad_input("{}: entry {}, {}: every number from 0 to {} is needed once", file.string(), order.size(),
                      item.is_number() ? item.dump() : item.type_name(), images - 1);
    }
    order.push_back(item.get<std::size_t>());
    taken[order.back()] = true;
  }
  return order;
}

}  // namespace cnclip::classification

// Usage: cnclip_augment_cases < COMMANDS: what test_augment.py holds against Pillow and timm. A command a line:
//   op NAME VALUE WIDTH HEIGHT IN OUT          planes R, G, B of one picture, raw bytes
//   draw SEED EPOCH FIRST COUNT WIDTH HEIGHT   parameters of COUNT samples, a line each
//   train SEED EPOCH SAMPLE SIZE PICTURE OUT   planes of the transformed picture; its parameters on a line
// A command answers at least one line; a picture that cannot be read, with `error`.
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "augment/train_transform.h"
#include "base/error.h"
#include "base/file.h"

namespace {

using namespace cnclip;

OpKind kind_named(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(OpKind::sharpness); ++i) {
    if (name_of(static_cast<OpKind>(i)) == name) return static_cast<OpKind>(i);
  }
  throw_usage("no operation {}", name);
}

void write_planes(const std::string& path, const std::vector<std::uint8_t>& planes) {
  write_file(path, std::string_view(reinterpret_cast<const char*>(planes.data()), planes.size()));
}

void op(std::istream& words) {
  std::string name, value, from, to;
  int width = 0, height = 0;
  words >> name >> value >> width >> height >> from >> to;
  const std::string bytes = read_file(from);
  std::vector<std::uint8_t> planes(bytes.begin(), bytes.end());
  apply_op({kind_named(name), std::strtod(value.c_str(), nullptr)}, width, height, planes);
  write_planes(to, planes);
  std::cout << "done\n";
}

void draw(std::istream& words) {
  DrawKey key;
  std::uint64_t count = 0;
  int width = 0, height = 0;
  words >> key.seed >> key.epoch >> key.sample >> count >> width >> height;
  for (; count > 0; --count, ++key.sample) std::cout << to_json(draw_train_parameters(key, width, height)) << '\n';
}

void train(std::istream& words) {
  DrawKey key;
  int size = 0;
  std::string picture, to;
  words >> key.seed >> key.epoch >> key.sample >> size >> picture >> to;
  const std::string bytes = read_file(picture);
  std::vector<std::uint8_t> planes(3 * static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
  try {
    const TrainParameters parameters = decode_train_u8(std::as_bytes(std::span(bytes)), picture, key, size, planes);
    write_planes(to, planes);
    std::cout << to_json(parameters) << '\n';
  } catch (const Error&) {
    std::cout << "error\n";
  }
}

}  // namespace

int main() {
  try {
    for (std::string line; std::getline(std::cin, line);) {
      std::istringstream words(line);
      std::string command;
      words >> command;
      if (command == "op") op(words);
      if (command == "draw") draw(words);
      if (command == "train") train(words);
      std::cout.flush();
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cnclip_augment_cases: {}\n", error.what());
    return 1;
  }
}

// One side of the comparison in run.py: `pixels_speed SIZE FILE...` holds the files' bytes in memory. For every line on
// stdin, `exact` or `fast` and optionally a path, it makes the pixels of all files, one thread, writes them to the path
// (uint8, planes R, G, B), and prints the processor seconds that making them took.
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "cnclip/image.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: pixels_speed SIZE FILE...\n";
    return 2;
  }
  const int size = std::atoi(argv[1]);
  std::vector<std::string> pictures;
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    pictures.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  const std::size_t one = 3 * static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  std::vector<std::uint8_t> planes(one * pictures.size());
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string how, path;
    words >> how >> path;
    cnclip::DecodeOptions options;
    options.fast = how == "fast";
    const std::clock_t begin = std::clock();
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      cnclip::decode_preprocess_u8(std::as_bytes(std::span(pictures[i])), argv[i + 2], size,
                                   std::span(planes).subspan(i * one, one), options);
    }
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    if (!path.empty()) {
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(planes.data()), static_cast<std::streamsize>(planes.size()));
    }
    std::cout << seconds << std::endl;
  }
}

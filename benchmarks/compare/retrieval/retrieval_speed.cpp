// One side of the comparison in run.py: `retrieval_speed IMAGES.npy TEXTS.npy K` holds the features. It answers
// `search [PATH]` with the wall-clock seconds that the K nearest both ways took, and writes their places to PATH as
// int32: of the texts, then of the images.
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "vectors/npy_reader.h"
#include "vectors/top_k.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: retrieval_speed IMAGES.npy TEXTS.npy K\n";
    return 2;
  }
  const cnclip::Tensor images = cnclip::read_npy(argv[1]), texts = cnclip::read_npy(argv[2]);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what, path;
    words >> what >> path;
    const auto start = std::chrono::steady_clock::now();
    const cnclip::TopKBothWays top = cnclip::top_k(texts, images, {std::stoi(argv[3]), 0, {}});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!path.empty()) {
      std::ofstream file(path, std::ios::binary);
      for (const cnclip::TopK* way : {&top.of_rows, &top.of_columns}) {
        file.write(reinterpret_cast<const char*>(way->places.data()),
                   static_cast<std::streamsize>(way->places.size() * sizeof(std::int32_t)));
      }
    }
    std::cout << seconds << std::endl;
  }
}

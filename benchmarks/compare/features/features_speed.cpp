// One side of the comparison in run.py: `features_speed MODEL PRECISION THREADS PIXELS COUNT TEXTS` holds the pictures
// (COUNT times (3, S, S) uint8) and the texts, a line each. It answers `images BATCH [PATH]` and `texts [PATH]` with
// the wall-clock seconds that the features of all of them took, and writes them to PATH as float32.
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "cnclip/encoder.h"

namespace {

using Clock = std::chrono::steady_clock;

void append(std::vector<float>& all, const cnclip::FeatureMatrix& features) {
  all.insert(all.end(), features.values.begin(), features.values.end());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: features_speed MODEL PRECISION THREADS PIXELS COUNT TEXTS\n";
    return 2;
  }
  cnclip::EncoderOptions options;
  options.precision = argv[2];
  options.threads = std::stoi(argv[3]);
  options.normalize = false;
  cnclip::Encoder encoder(argv[1], options);
  std::ifstream file(argv[4], std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto* values = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const std::size_t count = std::stoul(argv[5]), picture = bytes.size() / count;
  std::vector<std::string> texts;
  std::ifstream lines(argv[6]);
  for (std::string line; std::getline(lines, line);) texts.push_back(line);

  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what, path;
    std::size_t batch = 0;
    words >> what;
    if (what == "images") words >> batch;
    words >> path;
    std::vector<float> features;
    const auto start = Clock::now();
    if (what == "images") {
      for (std::size_t i = 0; i < count; i += batch) {
        const std::size_t size = std::min(batch, count - i);
        append(features, encoder.encode_pixels({values + i * picture, size * picture}));
      }
    } else {
      append(features, encoder.encode_texts(texts));
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (!path.empty()) {
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(features.data()),
                 static_cast<std::streamsize>(features.size() * sizeof(float)));
    }
    std::cout << seconds << std::endl;
  }
}

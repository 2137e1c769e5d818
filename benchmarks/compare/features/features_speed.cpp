// One side of comparisons: `features_speed MODEL PRECISION THREADS PIXELS COUNT TEXTS [DEVICE]` holds the pictures
// (COUNT times (3, S, S) uint8) and the texts, a line each. It answers `images BATCH [PATH]` and `texts [BATCH] [PATH]`
// (all at once where there is no BATCH) with the wall-clock seconds that the features of all of them took, and writes
// them to PATH as float32.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
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
  if (argc != 7 && argc != 8) {
    std::cerr << "usage: features_speed MODEL PRECISION THREADS PIXELS COUNT TEXTS [DEVICE]\n";
    return 2;
  }
  cnclip::EncoderOptions options;
  options.precision = argv[2];
  options.threads = std::stoi(argv[3]);
  options.normalize = false;
  if (argc == 8) options.device = argv[7];
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
    if (!(words >> batch)) words.clear();
    words >> path;
    std::vector<float> features;
    const auto start = Clock::now();
    if (what == "images") {
      for (std::size_t i = 0; i < count; i += batch) {
        const std::size_t size = std::min(batch, count - i);
        append(features, encoder.encode_pixels({values + i * picture, size * picture}));
      }
    } else {
      if (batch == 0) batch = texts.size();
      for (std::size_t i = 0; i < texts.size(); i += batch) {
        append(features, encoder.encode_texts(std::span(texts).subspan(i, std::min(batch, texts.size() - i))));
      }
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

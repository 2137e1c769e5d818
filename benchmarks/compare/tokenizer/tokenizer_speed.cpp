// One side of the comparison in run.py: `tokenizer_speed FILE` holds FILE's lines in memory. For every line on stdin it
// encodes them all, one thread, and prints the processor seconds this took, the number of ids, and their sum.
#include <cstdint>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "cnclip/tokenizer.h"

namespace {

constexpr int kPasses = 20;  // a single one takes a few milliseconds, too short to measure alone

double seconds_between(std::clock_t start, std::clock_t end) {
  return static_cast<double>(end - start) / CLOCKS_PER_SEC;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: tokenizer_speed FILE\n";
    return 2;
  }
  std::ifstream file(argv[1]);
  std::vector<std::string> texts;
  for (std::string line; std::getline(file, line);) texts.push_back(line);

  const std::clock_t start = std::clock();
  const auto& tokenizer = cnclip::Tokenizer::chinese();
  tokenizer.encode("杰尼龟");
  std::cerr << "cnclip's start-up: " << seconds_between(start, std::clock()) * 1e3 << " ms\n";

  std::vector<cnclip::Tokens> encoded(texts.size());
  for (std::string line; std::getline(std::cin, line);) {
    const std::clock_t begin = std::clock();
    for (int pass = 0; pass < kPasses; ++pass) {
      for (std::size_t i = 0; i < texts.size(); ++i) encoded[i] = tokenizer.encode(texts[i]);
    }
    const double seconds = seconds_between(begin, std::clock()) / kPasses;
    std::size_t count = 0;
    std::int64_t sum = 0;
    for (const auto& tokens : encoded) {
      count += tokens.ids.size();
      for (const std::int32_t id : tokens.ids) sum += id;
    }
    std::cout << seconds << ' ' << count << ' ' << sum << std::endl;
  }
}

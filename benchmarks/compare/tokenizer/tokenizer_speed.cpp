// One side of the comparison in run.py: `tokenizer_speed FILE` holds FILE's lines in memory, and for every line on
// stdin encodes them all once, one thread, and prints the seconds and the number of ids.
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "cnclip/tokenizer.h"

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  if (argc != 2) {
    std::cerr << "usage: tokenizer_speed FILE\n";
    return 2;
  }
  std::ifstream file(argv[1]);
  std::vector<std::string> texts;
  for (std::string line; std::getline(file, line);) texts.push_back(line);

  const auto start = Clock::now();
  const auto& tokenizer = cnclip::Tokenizer::chinese();
  tokenizer.encode("杰尼龟");
  std::cerr << "start-up: " << seconds_since(start) * 1e3 << " ms\n";

  std::vector<cnclip::Tokens> encoded(texts.size());
  for (std::string line; std::getline(std::cin, line);) {
    const auto round = Clock::now();
    for (std::size_t i = 0; i < texts.size(); ++i) encoded[i] = tokenizer.encode(texts[i]);
    const double seconds = seconds_since(round);
    std::size_t ids = 0;
    for (const auto& tokens : encoded) ids += tokens.ids.size();
    std::cout << seconds << ' ' << ids << std::endl;
  }
}

// One side of the comparison in run.py: `loader_speed FOLDER SIZE BATCH THREADS`. For every line on stdin, a number of
// batches, it takes that many from the training loader and prints processor and wall-clock seconds.
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>

#include "loader/loader.h"
#include "loader/test_pairs.h"

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: loader_speed FOLDER SIZE BATCH THREADS\n";
    return 2;
  }
  cnclip::LoaderOptions options;
  options.image_size = std::atoi(argv[2]);
  options.batch_size = std::strtoull(argv[3], nullptr, 10);
  options.threads = std::atoi(argv[4]);
  options.augment = true;
  const auto dataset = std::make_shared<cnclip::FolderPairs>(argv[1]);
  for (std::string line; std::getline(std::cin, line);) {
    const auto wall = std::chrono::steady_clock::now();
    const std::clock_t processor = std::clock();
    {
      cnclip::Loader loader(dataset, cnclip::Tokenizer::chinese(), options);
      for (int left = std::stoi(line); left > 0; --left) loader.next();
    }
    std::cout << static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC << ' '
              << std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count() << std::endl;
  }
}

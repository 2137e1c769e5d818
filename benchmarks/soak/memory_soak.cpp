// Memory under a stream of batches of random sizes: `memory_soak MODEL [BATCHES] [PRECISION]`, 10,000 by default. Every
// batch is 1 to 8 texts of 2 to 52 tokens; every tenth also 1 to 4 pictures. Prints resident memory ten times and ends
// with 1 when it left +-5 % of what it was after the first tenth, by when every shape has been met.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/random.h"
#include "cnclip/encoder.h"

namespace {

double resident_mib() {
  std::size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: memory_soak MODEL [BATCHES] [PRECISION]\n");
    return 2;
  }
  const int batches = argc > 2 ? std::stoi(argv[2]) : 10000;
  cnclip::EncoderOptions options;
  if (argc > 3) options.precision = argv[3];
  cnclip::Encoder encoder(argv[1], options);
  const auto side = static_cast<std::size_t>(encoder.image_size());
  cnclip::Random random(1);
  const auto draw = [&](std::size_t least, std::size_t most) { return least + random.next() % (most - least + 1); };

  double first = 0;
  bool flat = true;
  for (int i = 1; i <= batches; ++i) {
    std::vector<cnclip::Tokens> texts(draw(1, 8));
    for (cnclip::Tokens& text : texts) text.ids.assign(draw(2, 52), 2769);
    encoder.encode_tokens(texts);
    if (i % 10 == 0) encoder.encode_pixels(std::vector<std::uint8_t>(draw(1, 4) * 3 * side * side));
    if (i % (batches / 10) == 0) {
      const double now = resident_mib();
      if (first == 0) first = now;
      flat = flat && std::abs(now - first) <= 0.05 * first;
      std::printf("%6d batches %8.1f MiB\n", i, now);
      std::fflush(stdout);
    }
  }
  return flat ? 0 : 1;
}

// One side of the comparison in run.py: `clean_speed RULES FILE VERDICTS` holds FILE's lines in memory and writes what
// becomes of each to VERDICTS, a rule or "kept" a line. For every line on stdin it judges them all, one thread, and
// prints the processor seconds this took.
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "clean/hash.h"
#include "clean/tally.h"
#include "clean/text_rules.h"

int main(int argc, char** argv) {
  using namespace cnclip::clean;
  if (argc != 4) {
    std::cerr << "usage: clean_speed RULES FILE VERDICTS\n";
    return 2;
  }
  const Rules rules = read_rules(argv[1]);
  const TextRules text_rules(rules);
  std::ifstream file(argv[2]);
  std::vector<std::string> captions;
  for (std::string line; std::getline(file, line);) captions.push_back(line);

  std::vector<std::optional<Dropped>> dropped(captions.size());
  const auto judge_all = [&] {
    Tally tally;
    std::vector<std::uint64_t> hashes(captions.size());
    for (std::size_t i = 0; i < captions.size(); ++i) {
      dropped[i] = text_rules.judge(captions[i]);
      hashes[i] = hash64(trimmed(captions[i]));
      if (!dropped[i]) tally.add(hashes[i]);
    }
    for (std::size_t i = 0; i < captions.size(); ++i) {
      const bool often = rules.repeated && tally.count(hashes[i]) > static_cast<unsigned>(*rules.repeated);
      if (!dropped[i] && often) dropped[i] = Dropped{Rule::repeated};
    }
  };
  judge_all();
  std::ofstream verdicts(argv[3]);
  for (const auto& one : dropped) verdicts << (one ? name_of(one->rule) : "kept") << '\n';
  verdicts.close();
  for (std::string line; std::getline(std::cin, line);) {
    const std::clock_t begin = std::clock();
    judge_all();
    std::cout << static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC << std::endl;
  }
}

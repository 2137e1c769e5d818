// A generated data set in the official folder layout: drawn scenes and sentences about them.
//
// DIR/{train,valid,test}_imgs.tsv (id, tab, base64 of a JPEG file), DIR/{split}_texts.jsonl, and beside them
// {split}_scenes.jsonl (what is in every picture) and synth.json (seed, counts, held-out combinations, ambiguity). The
// same options give the same bytes; another language gives the same pictures. Image and text ids are unique over all
// splits.
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "synth/captions.h"

namespace cnclip::synth {

struct DatasetOptions {
  std::uint64_t seed = 1;
  std::array<int, 3> images = {4000, 500, 500};  // train, valid, test
  int side = 96;                                 // pixels
  Language language = Language::zh;
};

inline constexpr std::array<const char*, 3> kSplits = {"train", "valid", "test"};

struct SplitReport {
  std::size_t images = 0;
  std::size_t texts = 0;      // lines: equal sentences share one
  std::size_t captions = 0;   // pairs of a picture and a sentence
  std::size_t ambiguous = 0;  // captions that are true of other pictures of the split as well
  std::size_t held_out = 0;   // pictures with a held-out combination
};

std::array<SplitReport, 3> write_dataset(const std::filesystem::path& folder, const DatasetOptions& options);

// The scenes of a split, no two of which are told by all their facts to be the same, as far as there are enough.
std::vector<Scene> scenes_of(int split, const DatasetOptions& options);

// One to five different captions, most of them true of no other scene that `truths` knows.
std::vector<Caption> captions_of(const Scene& scene, Truths& truths, Random& random, Language language);

}  // namespace cnclip::synth

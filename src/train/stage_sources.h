// Where a stage's features come from: towers that are trained, run as they are, or were run before.
#pragma once

#include <filesystem>

#include "loader/pairs.h"
#include "train/contrastive_step.h"

namespace cnclip {

struct StageSources {
  FeatureSources features;
  std::shared_ptr<const PairStore> pairs;  // without those whose pictures a cache found damaged
  bool pictures = true;                    // whether anybody looks at them
  std::int64_t teacher_width = 0;          // of its features; 0: no teacher
};

// Fills caches first, which takes as long as running the tower once over all pictures; `say` gets a line now and then.
// `folder`: where caches are kept, each under the fingerprint of its tower, data set and transform. Throws bad_input
// for a teacher that is no model, or sees pictures of another size than the student.
StageSources open_sources(const Recipe& recipe, const Stage& stage, const Trainee& trainee,
                          std::shared_ptr<const PairStore> pairs, const std::filesystem::path& folder, World& world,
                          const std::function<void(const std::string&)>& say);

}  // namespace cnclip

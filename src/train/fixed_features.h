// Where the features of towers come from that are not trained.
#pragma once

#include "train/step.h"

namespace cnclip {

// A locked tower of the trainee, run for every batch, `part` pairs at a time (0: all).
FixedFeatures locked_images(const Trainee& trainee, TrainingPrecision precision, std::int64_t part);
FixedFeatures locked_texts(const Trainee& trainee, TrainingPrecision precision, std::int64_t part);

// The image tower of another model. Throws bad_input, naming `file`, for one that sees pictures of another size.
struct Teacher {
  FixedFeatures features;
  std::int64_t width = 0;
};
Teacher teacher_from(const std::string& file, int image_size, TrainingPrecision precision, std::int64_t part,
                     at::Device device);

}  // namespace cnclip

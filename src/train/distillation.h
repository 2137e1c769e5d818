// Knowledge distillation of the image tower: the student's features are to point where a teacher's do.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cnclip {

struct Distillation {
  double loss = 0;       // this rank's summand
  at::Tensor gradients;  // (n, student), of loss times weight
};

// The map that learns to bring the student's width to the teacher's, (teacher, student), as it begins: at random, of
// unit gain. A leaf on the device.
at::Tensor first_projection(std::int64_t teacher, std::int64_t student, std::uint64_t seed, at::Device device);

// loss = sum_i (1 - cos(teacher_i, wide(student_i))) / of, where `wide` brings the student's width to the teacher's:
// the (teacher, student) `projection`, or, where that is undefined, the official stretching of the feature axis
// (cn_clip/training/train.py, cosineSimilarityLoss: bilinear, half-pixel centres). Gradients of the projection, if any,
// are added to its own.
Distillation distill(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& projection, double of,
                     double weight);

}  // namespace cnclip

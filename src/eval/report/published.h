// The retrieval figures that are published for Chinese CLIP (Yang et al. 2022, arXiv 2211.01335, tables 2 to 4; the
// official Results.md), and the protocols that they were measured by. Those of classification are in
// eval/classification/benchmarks.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cnclip {

struct PublishedRecall {
  double r1 = 0, r5 = 0, r10 = 0;  // percent
};

struct PublishedModel {
  PublishedRecall text_to_image;
  std::optional<PublishedRecall> image_to_text;
};

struct RetrievalBenchmark {
  std::string_view id, name;   // of the folder, and for people
  std::string_view split;      // that the figures are of
  std::int64_t images, texts;  // of that split; texts are the queries
  // By classification::kPublishedModels.
  std::array<PublishedModel, 5> zero_shot, fine_tuned;
};

std::span<const RetrievalBenchmark> retrieval_benchmarks();

}  // namespace cnclip

// The data sets that zero-shot figures of Chinese CLIP are published for: the twenty of ELEVATER (image classification
// in the wild), and ImageNet.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "eval/classification/metrics.h"

namespace cnclip::classification {

inline constexpr std::array<std::string_view, 5> kPublishedModels = {"RN50", "ViT-B-16", "ViT-L-14", "ViT-L-14-336",
                                                                     "ViT-H-14"};

struct Benchmark {
  std::string_view id;  // what the official script and the toolkit of ELEVATER call it
  std::string_view name;
  int classes = 0;
  int test_images = 0;
  Metric metric = Metric::accuracy;
  std::string_view templates;         // the list of the official file that the official script takes
  std::array<double, 5> published{};  // percent, by kPublishedModels
  bool repeated_names = false;        // the official label file gives some classes the same name
};

// The place of an architecture among the published models.
std::optional<std::size_t> published_place(std::string_view architecture);

std::span<const Benchmark> benchmarks();
std::span<const Benchmark> elevater();  // all of them but ImageNet
const Benchmark* find_benchmark(std::string_view id);

bool is_whole(const Benchmark& benchmark, std::size_t images, std::size_t classes);
// What an evaluation of so many images and classes is of it: "the whole test set", or "subset: 500 of 10,000 images".
std::string coverage(const Benchmark& benchmark, std::size_t images, std::size_t classes);

}  // namespace cnclip::classification

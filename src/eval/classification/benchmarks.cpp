#include "eval/classification/benchmarks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/html.h"

namespace cnclip::classification {
namespace {

constexpr auto kAccuracy = Metric::accuracy, kPerClass = Metric::mean_per_class;
constexpr std::string_view kGeneric = "openai_templates";

// Sizes and metrics: ELEVATER. Figures: the Chinese CLIP paper, tables 11 and 12; ImageNet: the project's Results.md.
constexpr Benchmark kBenchmarks[] = {
    // ImageNet last
    {"caltech-101", "Caltech-101", 101, 6084, kPerClass, kGeneric, {77.3, 84.9, 88.5, 88.8, 90.6}},
    {"cifar-10", "CIFAR-10", 10, 10000, kAccuracy, kGeneric, {72.7, 92.0, 94.9, 94.1, 96.0}},
    {"cifar-100", "CIFAR-100", 100, 10000, kAccuracy, kGeneric, {40.6, 64.4, 75.1, 73.5, 79.7}},
    {"country211", "Country-211", 211, 21100, kAccuracy, "country211_templates", {7.7, 15.2, 21.0, 25.4, 25.3}},
    {"dtd", "DTD", 47, 1880, kAccuracy, kGeneric, {36.9, 43.6, 44.2, 43.8, 51.2}},
    {"eurosat_clip", "EuroSAT", 10, 5000, kAccuracy, "eurosat_templates", {27.0, 46.9, 56.9, 50.7, 52.0}},
    {"fer-2013", "FER-2013", 7, 3589, kAccuracy, kGeneric, {21.9, 47.2, 54.6, 55.1, 49.2}},
    {"fgvc-aircraft-2013b-variants102",
     "FGVC-Aircraft",
     100,
     3333,
     kPerClass,
     "aircraft_templates",
     {5.4, 12.8, 16.0, 17.1, 26.2}},
    {"food-101", "Food-101", 101, 25250, kAccuracy, "food_templates", {39.8, 62.4, 69.4, 73.9, 74.6}},
    {"gtsrb", "GTSRB", 43, 12630, kAccuracy, kGeneric, {22.3, 28.4, 37.3, 35.5, 38.5}},
    {"hateful-memes", "Hateful-Memes", 2, 500, Metric::roc_auc, kGeneric, {50.3, 56.2, 53.4, 52.8, 54.7}},
    {"kitti-distance", "KITTI-Distance", 4, 711, kAccuracy, kGeneric, {30.2, 33.5, 49.9, 49.8, 39.1}},
    {"mnist", "MNIST", 10, 10000, kAccuracy, kGeneric, {50.2, 67.6, 69.8, 65.0, 79.4}},
    {"oxford-flower-102",
     "Oxford Flowers-102",
     102,
     6149,
     kPerClass,
     "flower_templates",
     {30.7, 52.2, 62.5, 64.8, 68.4}},
    {"oxford-iiit-pets", "Oxford-IIIT Pets", 37, 3669, kPerClass, kGeneric, {48.7, 73.0, 81.6, 83.1, 83.5}},
    {"patch-camelyon", "PatchCamelyon", 2, 32768, kAccuracy, kGeneric, {47.7, 54.0, 63.5, 62.9, 52.4}},
    {"rendered-sst2", "Rendered-SST2", 2, 1821, kAccuracy, kGeneric, {50.1, 52.3, 61.4, 62.9, 61.0}},
    {"resisc45_clip", "RESISC-45", 45, 25200, kAccuracy, "eurosat_templates", {49.3, 58.7, 65.2, 65.8, 66.9}},
    {"stanford-cars", "Stanford-Cars", 196, 8041, kAccuracy, kGeneric, {27.3, 42.3, 49.8, 54.1, 71.8}},
    {"voc-2007-classification", "VOC-2007", 20, 4952, Metric::map_11_point, kGeneric, {82.1, 83.3, 84.5, 84.9, 84.9}},
    {"imagenet", "ImageNet-1K", 1000, 50000, kAccuracy, kGeneric, {33.5, 48.3, 54.7, 56.7, 59.6}, true},
};

}  // namespace

std::optional<std::size_t> published_place(std::string_view architecture) {
  const auto found = std::find(kPublishedModels.begin(), kPublishedModels.end(), architecture);
  if (found == kPublishedModels.end()) return {};
  return static_cast<std::size_t>(found - kPublishedModels.begin());
}

std::span<const Benchmark> benchmarks() {
  return kBenchmarks;
}

std::span<const Benchmark> elevater() {
  return benchmarks().first(std::size(kBenchmarks) - 1);
}

const Benchmark* find_benchmark(std::string_view id) {
  const auto found = std::find_if(std::begin(kBenchmarks), std::end(kBenchmarks),
                                  [&](const Benchmark& benchmark) { return benchmark.id == id; });
  return found == std::end(kBenchmarks) ? nullptr : found;
}

bool is_whole(const Benchmark& benchmark, std::size_t images, std::size_t classes) {
  return images == static_cast<std::size_t>(benchmark.test_images) &&
         classes == static_cast<std::size_t>(benchmark.classes);
}

std::string coverage(const Benchmark& benchmark, std::size_t images, std::size_t classes) {
  const auto of_images = static_cast<std::size_t>(benchmark.test_images),
             of_classes = static_cast<std::size_t>(benchmark.classes);
  if (is_whole(benchmark, images, classes)) return "the whole test set";
  std::vector<std::string> parts;
  if (images != of_images) parts.push_back(fmt::format("{} of {} images", grouped(images), grouped(of_images)));
  if (classes != of_classes) parts.push_back(fmt::format("{} of {} classes", classes, of_classes));
  const bool subset = images <= of_images && classes <= of_classes;
  return fmt::format("{}: {}", subset ? "subset" : "not this test set", fmt::join(parts, ", "));
}

}  // namespace cnclip::classification

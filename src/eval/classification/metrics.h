// What classifications are measured by. Every figure lies in 0..1; what the data leave undefined is NaN.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace cnclip::classification {

enum class Metric { accuracy, mean_per_class, roc_auc, map_11_point };

std::string_view name_of(Metric metric);  // "accuracy", "mean_per_class", …
// Throws usage for a name that is none.
Metric metric_from(std::string_view name);

// The share of predictions that are one of the image's classes. No images: NaN.
double accuracy(std::span<const std::vector<int>> truth, std::span<const int> predicted);

// The accuracy of each class that has images, averaged over those classes (balanced accuracy). No images: NaN.
double mean_per_class(std::span<const int> truth, std::span<const int> predicted, int classes);

// The chance that a positive one scores above a negative one; equal scores count half. NaN without either.
double roc_auc(std::span<const std::uint8_t> positive, std::span<const float> scores);

// Average precision as VOC 2007 defines it: the best precision at a recall of k / 10 or more, averaged over k in 0..10.
// Images of equal scores are taken in together, so that their order decides nothing. NaN without positives.
double average_precision_11_point(std::span<const std::uint8_t> positive, std::span<const float> scores);

}  // namespace cnclip::classification

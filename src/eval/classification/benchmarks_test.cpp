#include "eval/classification/benchmarks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace cnclip::classification {
namespace {

TEST(Benchmarks, AverageOfTheTwentyIsThePublishedOne) {
  // Of RN50, ViT-B-16, ViT-L-14, ViT-L-14-336, ViT-H-14, rounded to a tenth.
  constexpr std::array<double, 5> kAverages = {40.9, 53.5, 60.0, 60.2, 62.3};
  ASSERT_EQ(benchmarks().size(), 21u);
  for (std::size_t model = 0; model < kAverages.size(); ++model) {
    double sum = 0;
    for (const Benchmark& benchmark : benchmarks()) {
      if (benchmark.id != "imagenet") sum += benchmark.published[model];
    }
    EXPECT_NEAR(sum / 20, kAverages[model], 0.06) << kPublishedModels[model];
  }
}

TEST(Benchmarks, AreFoundByTheirOwnNames) {
  std::set<std::string_view> ids;
  for (const Benchmark& benchmark : benchmarks()) {
    EXPECT_TRUE(ids.insert(benchmark.id).second) << benchmark.id;
    EXPECT_EQ(find_benchmark(benchmark.id), &benchmark);
  }
  EXPECT_EQ(find_benchmark("mnist-2"), nullptr);
}

TEST(Benchmarks, SayHowMuchOfThemThereIs) {
  const Benchmark& cifar = *find_benchmark("cifar-10");
  EXPECT_EQ(coverage(cifar, 10000, 10), "the whole test set");
  EXPECT_EQ(coverage(cifar, 500, 10), "subset: 500 of 10,000 images");
  EXPECT_EQ(coverage(cifar, 500, 9), "subset: 500 of 10,000 images, 9 of 10 classes");
  EXPECT_EQ(coverage(cifar, 500, 11), "not this test set: 500 of 10,000 images, 11 of 10 classes");
  EXPECT_EQ(coverage(cifar, 10001, 10), "not this test set: 10,001 of 10,000 images");
}

}  // namespace
}  // namespace cnclip::classification

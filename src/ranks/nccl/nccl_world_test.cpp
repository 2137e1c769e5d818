#include "ranks/nccl/nccl_world.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDAFunctions.h>
#include <gtest/gtest.h>

namespace cnclip {
namespace {

TEST(NcclWorld, OfOneRankGivesBackWhatItIsGiven) {
  if (c10::cuda::device_count() == 0) GTEST_SKIP() << "no CUDA device";
  const c10::Device device(at::kCUDA, 0);
  SingleProcess alone;
  const auto world = open_nccl_world(alone, device);
  for (const c10::Device place : {device, c10::Device(at::kCPU)}) {
    const at::Tensor wanted = at::arange(1 << 20, at::TensorOptions(place).dtype(at::kFloat)).view({1024, 1024});
    at::Tensor values = wanted.clone(), later = wanted.clone();
    world->add_later(later);
    world->add(values);
    world->wait();
    EXPECT_TRUE(at::equal(values, wanted));
    EXPECT_TRUE(at::equal(later, wanted));
    EXPECT_TRUE(at::equal(world->gather(wanted.t()), wanted.t()));
  }
  EXPECT_EQ(world->sum(2.5), 2.5);
}

}  // namespace
}  // namespace cnclip

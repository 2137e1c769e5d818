#include "engine/torch/errors.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/test_errors.h"

namespace cnclip {
namespace {

TEST(OnDevice, TellsWhatIsWrongWithoutFrames) {
  const Error full = error_of([] { on_device(at::kCPU, [] { C10_THROW_ERROR(OutOfMemoryError, "200 GiB wanted"); }); });
  EXPECT_EQ(full.category(), ErrorCategory::unavailable);
  EXPECT_STREQ(full.what(), "device cpu: not enough memory: 200 GiB wanted");
  const Error wrong = error_of([] { on_device(at::kCPU, [] { return at::mm(at::ones({2, 3}), at::ones({2, 3})); }); });
  EXPECT_EQ(wrong.category(), ErrorCategory::internal);
  EXPECT_STREQ(wrong.what(), "device cpu: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)");
  EXPECT_EQ(on_device(at::kCPU, [] { return 7; }), 7);
}

}  // namespace
}  // namespace cnclip

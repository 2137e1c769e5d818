#include "eval/classification/submission.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/test_folder.h"
#include "cnclip/error.h"

namespace cnclip::classification {
namespace {

TEST(Submission, IsSpeltAsPythonSpellsIt) {
  const TestFolder folder;
  // The last two lie half-way between two sixth decimals: to the even one.
  const std::vector<float> values = {1,         0,       4e-7f, 6e-7f,      0.00001f,   0.000023f,
                                     0.000099f, 0.0001f, 0.1f,  0.1234565f, 0.0078125f, 0.0234375f};
  write_submission(folder / "m.json", "数字", *find_architecture("ViT-B-16"), Tensor::from_floats({2, 6}, values),
                   {1, 0});
  EXPECT_EQ(read_file(folder / "m.json"),
            "{\"model_name\": \"CN-CLIP-ViT-B-16\", \"dataset_name\": \"\\u6570\\u5b57\", \"num_trainable_params\": 0, "
            "\"num_params\": 188262913, \"num_visual_params\": 86192640, \"num_backbone_params\": 188262913, "
            "\"n_shot\": 0, \"rnd_seeds\": [123], \"predictions\": "
            "[[[9.9e-05, 0.0001, 0.1, 0.123457, 0.007812, 0.023438], [1.0, 0.0, 0.0, 1e-06, 1e-05, 2.3e-05]]]}");
}

TEST(Submission, StaysInItsFolder) {
  EXPECT_EQ(submission_path("out", "mnist"), "out/mnist.json");
  EXPECT_THROW(submission_path("out", "../mnist"), Error);
  EXPECT_THROW(submission_path("out", ""), Error);
}

}  // namespace
}  // namespace cnclip::classification

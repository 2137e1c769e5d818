#include "metrics/progress.h"

#include <gtest/gtest.h>

#include <limits>

#include "metrics/duration.h"

namespace cnclip {
namespace {

TEST(Progress, Durations) {
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(59.6), "1 min");
  EXPECT_EQ(duration_text(3 * 3600 + 12 * 60 + 10), "3 h 12 min");
  EXPECT_EQ(duration_text(51 * 3600), "2 d 3 h");
  EXPECT_EQ(duration_text(-1), "?");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::quiet_NaN()), "?");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::infinity()), "?");
}

TEST(Progress, Lines) {
  TrainRecord record{.stage = "contrastive",
                     .step = 1200,
                     .steps = 40000,
                     .batch_size = 412,
                     .loss = 3.2141,
                     .image_to_text_accuracy = 0.412,
                     .text_to_image_accuracy = 0.408,
                     .logit_scale = 75,
                     .step_seconds = 0.5,
                     .data_seconds = 0.01};
  ProgressMeter meter;
  meter.add(record);
  EXPECT_EQ(progress_line(record, {}, meter),
            "contrastive 1200/40000  loss 3.214  acc 41.2/40.8 %  T 0.013  824 pairs/s  data 2 %  left 5 h 23 min");
  ValidRecord valid{"contrastive", 1000, 9000, 2.5, 0.5, 0.25, {12.34, 30, 40}, {11, 29, 41}, 61};
  record.distillation_loss = 0.25;
  record.skipped = true;
  EXPECT_EQ(
      progress_line(record, valid, meter),
      "contrastive 1200/40000  loss 3.214  distillation 0.250  acc 41.2/40.8 %  R@1 12.3 %  T 0.013  824 pairs/s  "
      "data 2 %  left 5 h 23 min  SKIPPED: not finite");
  EXPECT_EQ(progress_line(valid),
            "contrastive 1000  valid  loss 2.500  acc 50.0/25.0 %  R@1/5/10 text to image 12.3/30.0/40.0 %, image to "
            "text 11.0/29.0/41.0 %  mean recall 27.2 %  in 1 min");
}

TEST(Progress, LinesOfWords) {
  TrainRecord record{.stage = "words",
                     .step = 10,
                     .steps = 20,
                     .batch_size = 64,
                     .loss = 2.5,
                     .word_accuracy = 0.25,
                     .step_seconds = 0.5};
  ProgressMeter meter;
  meter.add(record);
  ValidRecord valid{"words", 10, 10, 2.75, 0, 0, {}, {}, 1, 0.125};
  EXPECT_EQ(progress_line(record, valid, meter),
            "words 10/20  loss 2.500  word acc 25.0 %, valid 12.5 %  128 pairs/s  data 0 %  left 5 s");
  EXPECT_EQ(progress_line(valid), "words 10  valid  loss 2.750  word acc 12.5 %  in 1 s");
  record.word_accuracy.reset();
  record.logit_scale = 10;
  EXPECT_EQ(progress_line(record, valid, meter),
            "words 10/20  loss 2.500  acc 0.0/0.0 %  T 0.100  128 pairs/s  data 0 %  left 5 s");
}

TEST(Progress, TheMeterFollowsAndStartsAnewWithAStage) {
  ProgressMeter meter;
  TrainRecord record;
  record.steps = 1100;
  record.batch_size = 10;
  const auto run = [&](int steps, double seconds) {
    record.step_seconds = seconds;
    for (int i = 0; i < steps; ++i) {
      ++record.step;
      meter.add(record);
    }
  };
  run(1, 2);
  EXPECT_DOUBLE_EQ(meter.pairs_per_second(), 5);
  EXPECT_DOUBLE_EQ(meter.seconds_left(), 2 * 1099);
  run(1, 4);
  EXPECT_DOUBLE_EQ(meter.seconds_left(), 3 * 1098);
  run(998, 1);  // the slow start is forgotten
  EXPECT_NEAR(meter.seconds_left(), 100, 1e-3);
  record.stage = "next";
  record.step = 0;
  run(1, 8);
  EXPECT_DOUBLE_EQ(meter.seconds_left(), 8 * 1099);
}

}  // namespace
}  // namespace cnclip

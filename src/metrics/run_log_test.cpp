#include "metrics/run_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "base/test_folder.h"
#include "metrics/metrics_file.h"

namespace cnclip {
namespace {

TrainRecord train_record(std::int64_t total_step) {
  return {.stage = "阶段 \"1\"\n",
          .step = total_step,
          .steps = 1000,
          .total_step = total_step,
          .epoch = 0.25,
          .batch_size = 32768,
          .loss = 3.5,
          .image_to_text_accuracy = 0.5,
          .text_to_image_accuracy = 0.625,
          .logit_scale = 14.25,
          .learning_rate = 1e-4,
          .gradient_norm = 1.75,
          .step_seconds = 2,
          .data_seconds = 0.125};
}

ValidRecord valid_record(std::int64_t total_step) {
  return {"s", total_step, total_step, 2.5, 0.75, 0.875, {1, 2, 6}, {10, 20, 30}, 12.5};
}

std::vector<std::int64_t> steps_in(const std::filesystem::path& path) {
  std::vector<std::int64_t> steps;
  for (const Record& record : read_metrics(path)) {
    steps.push_back(std::visit([](const auto& fields) { return fields.total_step; }, record));
  }
  return steps;
}

std::string message_of(const std::string& text) {
  const TestFolder folder;
  write_file(folder / "m.jsonl", text);
  try {
    read_metrics(folder / "m.jsonl");
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::bad_input);
    return error.what();
  }
  return "";
}

TEST(Metrics, OfMaskedWordsAreReadAsTheyWereWritten) {
  const TestFolder folder;
  TrainRecord train = train_record(3);
  train.word_accuracy = 0.125;
  train.image_to_text_accuracy = train.text_to_image_accuracy = NAN;
  ValidRecord valid = valid_record(3);
  valid.word_accuracy = 0.25;
  valid.text_to_image = {NAN, NAN, NAN};
  write_file(folder / "m.jsonl", metrics_line(train) + "\n" + metrics_line(valid) + "\n");
  const auto records = read_metrics(folder / "m.jsonl");
  EXPECT_EQ(std::get<TrainRecord>(records.at(0)).word_accuracy, 0.125);
  EXPECT_TRUE(std::isnan(std::get<TrainRecord>(records.at(0)).image_to_text_accuracy));
  EXPECT_EQ(std::get<ValidRecord>(records.at(1)).word_accuracy, 0.25);
  EXPECT_EQ(std::get<ValidRecord>(records.at(1)).score(), 25);
  EXPECT_TRUE(std::isnan(std::get<ValidRecord>(records.at(1)).mean_recall()));
  EXPECT_EQ(valid_record(1).score(), valid_record(1).mean_recall());
}

TEST(Metrics, AreReadAsTheyWereWritten) {
  const TestFolder folder;
  TrainRecord f16 = train_record(2);
  f16.distillation_loss = std::numeric_limits<double>::quiet_NaN();
  f16.loss_scale = 65536;
  f16.loss = std::numeric_limits<double>::infinity();
  f16.skipped = true;
  {
    RunLog log(folder, 0);
    log.add(train_record(1));
    log.add(f16);
    log.add(valid_record(2));
  }
  const auto records = read_metrics(folder / "metrics.jsonl");
  ASSERT_EQ(records.size(), 3u);
  const auto& plain = std::get<TrainRecord>(records[0]);
  EXPECT_EQ(metrics_line(plain), metrics_line(train_record(1)));
  EXPECT_EQ(plain.stage, "阶段 \"1\"\n");
  EXPECT_EQ(plain.text_to_image_accuracy, 0.625);
  EXPECT_FALSE(plain.distillation_loss || plain.loss_scale || plain.skipped);
  const auto& skipped = std::get<TrainRecord>(records[1]);
  EXPECT_TRUE(skipped.skipped && std::isnan(skipped.loss) && std::isnan(*skipped.distillation_loss));
  EXPECT_EQ(skipped.loss_scale, 65536);
  const auto& valid = std::get<ValidRecord>(records[2]);
  EXPECT_EQ(metrics_line(valid), metrics_line(valid_record(2)));
  EXPECT_EQ(valid.text_to_image.mean(), 3);
  EXPECT_EQ(valid.mean_recall(), 11.5);
  EXPECT_NE(metrics_line(valid).find(R"("text_to_image":{"r1":1.0,"r5":2.0,"r10":6.0,"mean_recall":3.0})"),
            std::string::npos);
}

TEST(Metrics, ResumingDropsWhatCameAfter) {
  const TestFolder folder;
  const auto path = folder / "metrics.jsonl";
  {
    RunLog log(folder, 0);
    for (std::int64_t step = 1; step <= 6; ++step) log.add(train_record(step));
    log.add(valid_record(4));
  }
  write_file(path, read_file(path) + "{\"kind\":\"tr");  // the run was killed
  RunLog(folder, 4).add(train_record(5));
  EXPECT_EQ(steps_in(path), (std::vector<std::int64_t>{1, 2, 3, 4, 4, 5}));
  RunLog(folder, 0).add(train_record(1));
  EXPECT_EQ(steps_in(path), (std::vector<std::int64_t>{1}));
  std::filesystem::remove(path);
  RunLog(folder, 3).add(train_record(4));
  EXPECT_EQ(steps_in(path), (std::vector<std::int64_t>{4}));
}

TEST(Metrics, RefuseWhatIsNoRecord) {
  const std::string good = metrics_line(train_record(1)) + "\n";
  EXPECT_EQ(message_of(good + good.substr(0, 50)), "");  // cut short
  EXPECT_EQ(message_of(""), "");
  EXPECT_NE(message_of(good + good.substr(0, 50) + "\n" + good).find("m.jsonl: line 2: is no record"),
            std::string::npos);
  EXPECT_NE(message_of("[1]").find("line 1: is no record"), std::string::npos);
  EXPECT_NE(message_of("{}\n").find("\"kind\" is missing"), std::string::npos);
  EXPECT_NE(message_of(R"({"kind":"test"})").find("\"kind\" is neither"), std::string::npos);
  EXPECT_NE(message_of(R"({"kind":"train","stage":"s"})").find("\"step\" is missing"), std::string::npos);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string line = good;
    const std::size_t at = line.find(from);
    EXPECT_NE(at, std::string::npos);
    return message_of(line.replace(at, from.size(), to));
  };
  EXPECT_NE(with("\"step\":1", "\"step\":-1").find("\"step\" is not a whole number, 0 or more"), std::string::npos);
  EXPECT_NE(with("\"step\":1", "\"step\":18446744073709551615").find("\"step\" is not"), std::string::npos);
  EXPECT_NE(with("\"step\":1", "\"step\":1.5").find("\"step\" is not"), std::string::npos);
  EXPECT_NE(with("3.5", "\"low\"").find("\"loss\" is not a number or null"), std::string::npos);
  EXPECT_NE(with("false", "0").find("\"skipped\" is not true or false"), std::string::npos);
  EXPECT_NE(message_of(std::string(1 << 17, '[')).find("longer than"), std::string::npos);
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  EXPECT_NE(message_of(deep + "\n").find("is no record"), std::string::npos);
  EXPECT_EQ(message_of("{\"more\":" + deep + "," + good.substr(1)), "");  // a key nobody knows
}

TEST(Metrics, AFullDiskIsToldAndLeavesNothingHalf) {
  const TestFolder folder;
  RunLog log(folder, 0);
  log.add(train_record(1));
  const auto before = read_file(folder / "metrics.jsonl");
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit full{before.size() + 10, old.rlim_max};  // stands for it
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  std::string message;
  try {
    log.add(train_record(2));
  } catch (const Error& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find("metrics.jsonl: cannot write"), std::string::npos) << message;
  EXPECT_EQ(read_file(folder / "metrics.jsonl"), before);
  log.add(train_record(2));
  EXPECT_EQ(steps_in(folder / "metrics.jsonl"), (std::vector<std::int64_t>{1, 2}));
}

}  // namespace
}  // namespace cnclip

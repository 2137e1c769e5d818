// Whole runs of models that are as small as can be, for tests.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "base/test_folder.h"
#include "synth/dataset.h"
#include "train/run.h"

namespace cnclip {

class SmallRuns : public ::testing::Test {
 protected:
  SmallRuns() {
    write_file(folder_ / "vit.json", sizes("2", 64));
    write_file(folder_ / "resnet.json", sizes("[1, 1, 1, 1]", 8));
    synth::DatasetOptions drawn;
    drawn.images = {24, 8, 1};
    drawn.side = 64;
    synth::write_dataset(folder_ / "drawn", drawn);
  }

  // Trains for 4 steps, or as `overrides` have it, and gives what metrics.jsonl says of every step and validation.
  // `more`: TOML of further stages.
  std::vector<nlohmann::json> records(const std::string& name, c10::Device device,
                                      const std::vector<std::string>& overrides, bool resume = false,
                                      const std::string& more = "") {
    const std::string data = (folder_ / "drawn").string(), arch = (folder_ / architecture_).string();
    std::vector<std::string> all{"run.name=" + name, "run.output=" + (folder_ / device.str()).string(),
                                 "model.arch=" + arch, "data.train=" + data, "data.valid=" + data};
    all.insert(all.end(), overrides.begin(), overrides.end());
    SingleProcess world;
    EXPECT_EQ(train(parse_recipe(kRecipe + more, "recipe.toml", all), resume, world, device), 0);
    std::vector<nlohmann::json> found;
    std::istringstream lines(read_file(run_folder(name, device) / "metrics.jsonl"));
    for (std::string line; std::getline(lines, line);) found.push_back(nlohmann::json::parse(line));
    return found;
  }
  std::filesystem::path run_folder(const std::string& name, c10::Device device) const {
    return folder_ / device.str() / name;
  }

  TestFolder folder_;
  std::string architecture_ = "vit.json";

 private:
  inline static const std::string kRecipe = R"([run]
[model]
scratch = true
[data]
context_length = 24
threads = 1
[[stage]]
steps = 4
batch_size = 8
lr = 1e-3
warmup = 1
precision = "f32"
save_every = 2
validate_every = 4
)";

  static std::string sizes(const std::string& layers, int width) {
    return fmt::format(R"({{"embed_dim": 16, "image_resolution": 32, "vision_layers": {}, "vision_width": {},
"vision_patch_size": 8, "text_num_hidden_layers": 2, "text_hidden_size": 32, "text_num_attention_heads": 2,
"text_intermediate_size": 64, "vocab_size": 21128, "text_hidden_dropout_prob": 0.1}})",
                       layers, width);
  }
};

}  // namespace cnclip

// Features into a file: .npy with ids beside it, or the official .jsonl.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "vectors/feature_sink.h"

namespace cnclip {

// `.npy`: float32 rows, ids in `<stem>.ids.txt`, one a line in row order. `.jsonl`: {"<id_key>": …, "feature": […]} a
// line, whole numbers as numbers (official extract_features). Errors go to `<stem>.errors.jsonl`, written only when
// there are some. Nothing stands under the final names before finish().
class FeatureWriter : public FeatureSink {
 public:
  FeatureWriter(const std::filesystem::path& path, std::int64_t columns, std::string id_key);
  ~FeatureWriter() override;
  FeatureWriter(const FeatureWriter&) = delete;
  FeatureWriter& operator=(const FeatureWriter&) = delete;

  void add(const std::string& id, std::span<const float> row) override;
  void add_error(const std::string& id, const std::string& error) override;
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnclip

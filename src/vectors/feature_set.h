// Features in memory, with the ids of what they are of.
#pragma once

#include "base/tensor.h"
#include "vectors/feature_sink.h"
#include "vectors/float_buffer.h"

namespace cnclip {

struct FeatureSet {
  std::vector<std::string> ids;
  Tensor rows;       // float32 (ids, width)
  std::string name;  // for messages: the file

  std::int64_t count() const { return static_cast<std::int64_t>(ids.size()); }
  std::int64_t width() const { return rows.shape().at(1); }
  std::span<const float> row(std::int64_t i) const {
    return rows.data<float>().subspan(static_cast<std::size_t>(i * width()), static_cast<std::size_t>(width()));
  }
};

struct LengthRange {
  double least = 0, most = 0;
  bool unit() const { return least > 0.999 && most < 1.001; }
};

// The lengths of the rows. Throws bad_input for no rows, and for a row that cannot be compared: a value that is not
// finite, a length of zero, or one beyond 1e18, whose products could leave float32.
LengthRange check_features(const FeatureSet& features);

// Keeps what it is given. The first input without features ends it all, by bad_input, unless broken ones may be
// skipped.
class FeatureCollector : public FeatureSink {
 public:
  explicit FeatureCollector(std::int64_t width, bool skip_broken = false) : width_(width), skip_broken_(skip_broken) {}
  void add(const std::string& id, std::span<const float> row) override;
  void add_error(const std::string& id, const std::string& error) override;

  struct Fault {
    std::string id, error;
  };
  const std::vector<Fault>& faults() const { return faults_; }
  FeatureSet take(std::string name = {});

 private:
  std::int64_t width_;
  bool skip_broken_;
  std::vector<std::string> ids_;
  FloatBuffer values_;
  std::vector<Fault> faults_;
};

}  // namespace cnclip

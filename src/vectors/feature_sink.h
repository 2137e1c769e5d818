// Where features go, row by row.
#pragma once

#include <span>
#include <string>

namespace cnclip {

class FeatureSink {
 public:
  virtual ~FeatureSink() = default;
  virtual void add(const std::string& id, std::span<const float> row) = 0;
  // An input that has no features, and why.
  virtual void add_error(const std::string& id, const std::string& error) = 0;
};

}  // namespace cnclip

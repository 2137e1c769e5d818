// Names of what a training keeps beside a matrix W (n, m) where W + B A computes: A is (rank, m), B is (n, rank).
#pragma once

#include <string>

namespace cnclip {

inline std::string lora_a(const std::string& matrix) {
  return matrix + ".lora_a";
}
inline std::string lora_b(const std::string& matrix) {
  return matrix + ".lora_b";
}

}  // namespace cnclip

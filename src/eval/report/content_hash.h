// One number for what was measured on, whatever form it lies in.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace cnclip {

// The SHA-256 of a set of records, whatever their order: a folder, an LMDB and shards of the same pictures and captions
// have the same one.
class ContentHash {
 public:
  // A record of several parts, each of any bytes.
  void add(std::initializer_list<std::string_view> parts);
  std::string hex() const;

 private:
  std::vector<std::string> records_;  // their digests, 64 letters each
};

}  // namespace cnclip

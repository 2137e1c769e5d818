// Faults of a run: told, counted, and kept in a file beside what the run writes.
#pragma once

#include "base/file.h"
#include "data/dataset.h"

namespace cnclip {

class FaultLog {
 public:
  // More than `limit` faults throw bad_input.
  FaultLog(std::filesystem::path path, std::optional<std::uint64_t> limit, FaultSink sink);
  void add(const std::string& fault);
  std::uint64_t count() const { return count_; }
  // The file, {"error": …} a line, where there was a fault; a file of an earlier run goes.
  void commit();

 private:
  std::filesystem::path path_;
  std::optional<std::uint64_t> limit_;
  FaultSink sink_;
  std::optional<AtomicFile> file_;
  std::uint64_t count_ = 0;
};

}  // namespace cnclip

#include "metrics/run_log.h"

#include "base/file.h"
#include "metrics/metrics_file.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// The file with the records that stay.
fs::path begun(const fs::path& folder, std::int64_t resumed_at) {
  fs::create_directories(folder);
  const fs::path path = folder / kMetricsFile;
  AtomicFile kept(path);
  if (resumed_at > 0 && fs::exists(path)) {
    for_each_record(path, [&](const Record& record) {
      const auto total_step = std::visit([](const auto& fields) { return fields.total_step; }, record);
      if (total_step <= resumed_at) kept.write(metrics_line(record) + "\n");
    });
  }
  kept.commit();
  return path;
}

}  // namespace

RunLog::RunLog(const fs::path& folder, std::int64_t resumed_at) : metrics_(begun(folder, resumed_at)) {}

void RunLog::add(const TrainRecord& record) {
  metrics_.write(metrics_line(record) + "\n");
}

void RunLog::add(const ValidRecord& record) {
  metrics_.write(metrics_line(record) + "\n");
}

}  // namespace cnclip

#include "data/fault_log.h"

#include "base/error.h"

namespace cnclip {

FaultLog::FaultLog(std::filesystem::path path, std::optional<std::uint64_t> limit, FaultSink sink)
    : path_(std::move(path)), limit_(limit), sink_(std::move(sink)) {}

void FaultLog::add(const std::string& fault) {
  ++count_;
  if (sink_) sink_(fault);
  if (limit_ && count_ > *limit_) throw_bad_input("{}: the limit is {} errors", fault, *limit_);
  if (!file_) file_.emplace(path_);
  const nlohmann::json line = {{"error", fault}};
  file_->write(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void FaultLog::commit() {
  if (file_)
    file_->commit();
  else
    std::filesystem::remove(path_);
}

}  // namespace cnclip

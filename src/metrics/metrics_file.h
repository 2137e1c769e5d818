// metrics.jsonl: a record a line, {"kind": "train" | "valid", …} with the fields of record.h under their names. What is
// not finite stands as null, and is read back as NaN.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "metrics/record.h"

namespace cnclip {

inline constexpr const char* kMetricsFile = "metrics.jsonl";  // in the folder of a run

std::string metrics_line(const Record& record);  // without its end

// Calls `use` with every record of a file, in order. A last line that was cut short, as a running or killed run leaves
// it, is passed over. Throws bad_input, naming file and line, for what else is no record; keys nobody knows are
// ignored.
void for_each_record(const std::filesystem::path& path, const std::function<void(Record)>& use);

std::vector<Record> read_metrics(const std::filesystem::path& path);

}  // namespace cnclip

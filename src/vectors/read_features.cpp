#include "vectors/read_features.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/lines.h"
#include "base/ordered_pipeline.h"
#include "base/threads.h"
#include "vectors/feature_line.h"
#include "vectors/npy_reader.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLine = std::size_t{1} << 24;  // half a million values

struct ParsedLine {
  std::string id, problem;
  std::vector<float> values;
};

FeatureSet read_jsonl(const fs::path& path, const std::string& id_key) {
  LineReader lines(path, kMaxLine);
  const int workers = thread_count();
  OrderedPipeline<Line, ParsedLine> parsed(
      workers, 16 * static_cast<std::size_t>(workers), [&] { return lines.next(); },
      [&](const Line& line) {
        ParsedLine out;
        out.problem = line.too_long ? fmt::format("more than {} bytes", kMaxLine)
                                    : parse_feature_line(line.text, id_key, out.id, out.values);
        return out;
      });
  FeatureSet features;
  features.name = path.string();
  FloatBuffer values;
  std::int64_t width = 0;
  while (auto row = parsed.next()) {
    const std::size_t line = features.ids.size() + 1;
    if (!row->problem.empty()) throw_bad_input("{}: line {}: {}", path.string(), line, row->problem);
    const auto size = static_cast<std::int64_t>(row->values.size());
    if (width == 0) width = size;
    if (size != width)
      throw_bad_input("{}: line {}: {} values, the lines above have {}", path.string(), line, size, width);
    features.ids.push_back(std::move(row->id));
    values.append(row->values);
  }
  features.rows = values.take({features.count(), width});
  return features;
}

FeatureSet read_npy_with_ids(const fs::path& path) {
  FeatureSet features{{}, read_npy(path), path.string()};
  const fs::path ids_path = fs::path(path).replace_extension(".ids.txt");
  LineReader lines(ids_path, std::size_t{1} << 16);
  while (auto line = lines.next()) {
    if (line->text.empty()) throw_bad_input("{}: no id of 1 to 65536 bytes", lines.place(*line));
    features.ids.push_back(std::move(line->text));
  }
  if (const std::int64_t rows = features.rows.shape()[0]; rows != features.count())
    throw_bad_input("{}: {} ids, {} has {} rows", ids_path.string(), features.count(), path.string(), rows);
  return features;
}

// By sorting places: a table of a million strings would take more memory than their ids do.
void check_ids(const FeatureSet& features) {
  const auto& ids = features.ids;
  std::vector<std::size_t> order(ids.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return ids[a] < ids[b]; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const std::size_t first = order[i - 1], second = order[i];
    if (ids[first] == ids[second])
      throw_bad_input("{}: id {} stands at rows {} and {}", features.name, ids[first], first + 1, second + 1);
  }
}

}  // namespace

FeatureSet read_features(const fs::path& path, const std::string& id_key) {
  const bool npy = path.extension() == ".npy";
  if (!npy && path.extension() != ".jsonl") throw_usage("{}: features are read from .npy or .jsonl", path.string());
  FeatureSet features = npy ? read_npy_with_ids(path) : read_jsonl(path, id_key);
  check_features(features);
  check_ids(features);
  return features;
}

}  // namespace cnclip

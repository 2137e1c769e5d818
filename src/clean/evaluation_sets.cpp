#include "clean/evaluation_sets.h"

#include "base/ordered_pipeline.h"
#include "clean/pictures.h"
#include "clean/rows.h"
#include "clean/text_rules.h"
#include "data/sources.h"

namespace cnclip::clean {

EvaluationSets read_evaluation_sets(const Leakage& leakage, int workers) {
  EvaluationSets sets;
  for (const std::string& path : leakage.sets) {
    const auto extension = std::filesystem::path(path).extension();
    if (extension == ".jsonl" || extension == ".csv" || extension == ".txt") {
      const auto rows = open_rows(path);
      while (const auto row = rows->next()) {
        if (!row->broken) sets.captions.add(hash64(trimmed(row->caption)));
      }
      continue;
    }
    const auto images = open_images(path);
    OrderedPipeline<ImageItem, PictureFacts> pipeline(
        workers, 4 * static_cast<std::size_t>(workers), [&] { return images->next(); },
        [](const ImageItem& item) { return judge_picture(item, {}); });
    while (const auto facts = pipeline.next()) {
      sets.pictures.add(facts->bytes);
      if (facts->verdict == kPasses) sets.looks.add(facts->looks);
    }
  }
  return sets;
}

}  // namespace cnclip::clean

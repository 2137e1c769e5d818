#include "eval/retrieval/official_files.h"

#include "base/file.h"

namespace cnclip {

using Json = nlohmann::ordered_json;

Json official_result(const RecallScores& recall) {
  return {{"success", true},
          {"score", recall.mean},
          {"scoreJson",
           {{"score", recall.mean},
            {"mean_recall", recall.mean},
            {"r1", recall.r1},
            {"r5", recall.r5},
            {"r10", recall.r10}}}};
}

void write_official_files(const std::filesystem::path& folder, const RetrievalResult& result) {
  const auto result_text = [&](const Direction& direction) {
    Json json = official_result(direction.recall);
    if (result.images_left_out + result.texts_left_out > 0)
      json["left_out"] = {{"images", result.images_left_out}, {"texts", result.texts_left_out}};
    return json.dump() + "\n";
  };
  write_folder(folder, [&](const std::filesystem::path& staging) {
    write_id_lists(staging / "predictions.jsonl", predictions_of(result, RetrievalKind::text_to_image));
    write_id_lists(staging / "tr_predictions.jsonl", predictions_of(result, RetrievalKind::image_to_text));
    write_file(staging / "result.json", result_text(result.text_to_image));
    write_file(staging / "tr_result.json", result_text(result.image_to_text));
    write_id_lists(staging / "texts.tr.jsonl", result.image_to_text.truth);
  });
}

}  // namespace cnclip

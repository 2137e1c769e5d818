// The files that the official evaluation scripts leave behind.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "eval/retrieval/retrieval.h"

namespace cnclip {

// What evaluation.py writes when it succeeds; `left_out` is added to it where something was.
nlohmann::ordered_json official_result(const RecallScores& recall);

// Into `folder`, which is made: predictions.jsonl and tr_predictions.jsonl (top 10 of every text and of every image),
// result.json and tr_result.json, texts.tr.jsonl (the truth of the images). "tr": image to text, in the official names.
void write_official_files(const std::filesystem::path& folder, const RetrievalResult& result);

}  // namespace cnclip

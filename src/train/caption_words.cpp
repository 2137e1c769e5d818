#include "train/caption_words.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "cnclip/tokenizer.h"
#include "text/special_tokens.h"

namespace cnclip {

CaptionWords::CaptionWords(const PairStore& pairs, int context_length) {
  const Tokenizer& tokenizer = Tokenizer::chinese();
  std::vector<std::int64_t> holding(static_cast<std::size_t>(tokenizer.vocabulary_size()));
  double captions = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    std::vector<std::int32_t> ids;
    try {
      ids = tokenizer.encode(pairs.get(i, PairParts::text).text, context_length, TextVariant::training).ids;
    } catch (const Error& error) {
      if (error.category() != ErrorCategory::bad_input) throw;
      continue;  // the loader counts them
    }
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    for (const std::int32_t id : ids) ++holding[static_cast<std::size_t>(id)];
    ++captions;
  }
  const SpecialTokens special = official_special_tokens();
  for (const std::int32_t id : {special.pad, special.unknown, special.cls, special.sep}) {
    holding[static_cast<std::size_t>(id)] = 0;
  }
  for (const std::int64_t of : holding) {
    place_of_.push_back(of > 0 ? static_cast<std::int32_t>(weights_.size()) : -1);
    if (of > 0) weights_.push_back(static_cast<float>(std::log(1 + captions / (1 + static_cast<double>(of)))));
  }
  if (weights_.empty()) throw_bad_input("the captions hold no word to learn");
}

at::Tensor CaptionWords::labels(std::span<const std::int32_t> ids, std::span<const std::int32_t> lengths) const {
  at::Tensor labels = at::zeros({static_cast<std::int64_t>(lengths.size()), count()});
  float* row = labels.data_ptr<float>();
  for (const std::int32_t length : lengths) {
    for (const std::int32_t id : ids.first(static_cast<std::size_t>(length))) {
      const std::int32_t place = place_of_[static_cast<std::size_t>(id)];
      if (place >= 0) row[place] = weights_[static_cast<std::size_t>(place)];
    }
    ids = ids.subspan(static_cast<std::size_t>(length));
    row += count();
  }
  return labels / labels.sum(1, true).clamp_min(1e-9);
}

}  // namespace cnclip

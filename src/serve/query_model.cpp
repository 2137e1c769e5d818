#include "serve/query_model.h"

namespace cnclip::serve {

search::QueryTexts QueryModel::encode_texts(std::span<const std::string> texts) {
  std::vector<Input> inputs;
  for (const std::string& text : texts) inputs.push_back({Input::Kind::text, text, "text"});
  Encoded encoded = model_.encode(inputs, {Clock::now() + time_, {}});
  search::QueryTexts result{std::move(encoded.features), std::vector<bool>(texts.size())};
  for (const std::size_t i : encoded.truncated) result.truncated[i] = true;
  return result;
}

FeatureMatrix QueryModel::encode_pictures(std::span<const Image> pictures) {
  return model_.encode_decoded(pictures, {Clock::now() + time_, {}});
}

}  // namespace cnclip::serve

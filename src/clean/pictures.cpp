#include "clean/pictures.h"

#include <algorithm>

#include "cnclip/image.h"
#include "image/perceptual_hash.h"

namespace cnclip::clean {
namespace {

std::optional<Rule> shape_verdict(const Image& image, const Rules& rules) {
  const auto [shorter, longer] = std::minmax(image.width, image.height);
  if (rules.side && shorter < *rules.side) return Rule::side;
  if (rules.aspect && longer > *rules.aspect * shorter) return Rule::aspect;
  return {};
}

}  // namespace

PictureFacts identify_picture(const ImageItem& item) {
  PictureFacts facts;
  facts.id = hash64(item.id);
  facts.bytes = hash64(item.bytes);
  return facts;
}

PictureFacts judge_picture(const ImageItem& item, const Rules& rules) {
  PictureFacts facts = identify_picture(item);
  std::optional<Rule> verdict = Rule::undecodable;
  if (item.error.empty()) {
    try {
      const Image image = decode_image(std::as_bytes(std::span(item.bytes)), item.id);
      verdict = shape_verdict(image, rules);
      facts.looks = perceptual_hash(image);
    } catch (const Error& error) {
      if (error.category() != ErrorCategory::bad_input) throw;
    }
  }
  if (verdict) facts.verdict = static_cast<std::uint32_t>(*verdict);
  return facts;
}

Pictures::Pictures(const FactStore<PictureFacts>& store, const Rules& rules, const EvaluationSets& sets) {
  NearIndex seen;
  FactReader<PictureFacts> reader(store);
  while (const PictureFacts* facts = reader.next()) {
    std::uint32_t verdict = facts->verdict;
    if (verdict == kPasses && rules.near_duplicate) {
      if (seen.contains(facts->looks, *rules.near_duplicate))
        verdict = static_cast<std::uint32_t>(Rule::near_duplicate);
      else
        seen.add(facts->looks);
    }
    if (verdict == kPasses && rules.leakage &&
        (sets.pictures.count(facts->bytes) > 0 || sets.looks.contains(facts->looks, rules.leakage->distance))) {
      verdict = static_cast<std::uint32_t>(Rule::leakage);
    }
    places_.emplace_back(facts->id, static_cast<std::uint32_t>(bytes_.size()));
    bytes_.push_back(facts->bytes);
    verdicts_.push_back(static_cast<std::uint8_t>(verdict));
  }
  std::sort(places_.begin(), places_.end());
}

std::optional<std::size_t> Pictures::find(std::uint64_t id) const {
  const auto found = std::lower_bound(places_.begin(), places_.end(), std::pair{id, std::uint32_t{0}});
  if (found == places_.end() || found->first != id) return {};
  return found->second;
}

std::optional<Rule> Pictures::verdict(std::size_t picture) const {
  if (verdicts_[picture] == kPasses) return {};
  return static_cast<Rule>(verdicts_[picture]);
}

}  // namespace cnclip::clean

#include "search/neutral_vectors.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "base/file.h"
#include "base/sha256.h"
#include "search/relevance/neutral_sentences.h"

namespace cnclip::search {
namespace {

// Before the numbers; whatever is not as it must be makes the file another one.
std::string header(const ModelStamp& model, std::span<const std::byte> numbers) {
  return fmt::format("cnclip neutral sentences {} {} {} {} {}\n", kNeutralSentences, model.fingerprint, model.precision,
                     model.width, sha256_hex(numbers));
}

std::optional<std::vector<float>> read(const std::filesystem::path& path, const ModelStamp& model, std::size_t count) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};
  const std::size_t size = count * sizeof(float);
  std::string bytes;
  try {
    bytes = read_file(path, size + 1024);
  } catch (const Error&) {
    return {};
  }
  if (bytes.size() < size) return {};
  const auto numbers = std::as_bytes(std::span(bytes)).last(size);
  if (bytes.substr(0, bytes.size() - size) != header(model, numbers)) return {};
  std::vector<float> values(count);
  std::memcpy(values.data(), numbers.data(), size);
  return values;
}

}  // namespace

std::vector<float> neutral_vectors(const std::filesystem::path& index, const ModelStamp& model, QueryEncoder& encoder) {
  const auto sentences = neutral_sentences();
  const std::filesystem::path path = index / "neutral.cache";
  if (auto kept = read(path, model, sentences.size() * static_cast<std::size_t>(model.width))) return *kept;
  std::vector<float> values = encoder.encode_texts(sentences).features.values;
  const auto numbers = std::as_bytes(std::span(values));
  try {
    write_file(path,
               header(model, numbers) + std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size()));
  } catch (const Error&) {  // an index that may not be written is searched all the same
  }
  return values;
}

}  // namespace cnclip::search

#include "search/milvus/answers.h"

#include <charconv>
#include <cmath>
#include <set>

#include "base/error.h"
#include "search/milvus/plain_text.h"

namespace cnclip::search {
namespace {

// What merr and its forerunners call a collection that is not there.
constexpr std::int64_t kNoCollection = 100;
// Far above what a detour through decimal digits costs.
constexpr double kUnitTolerance = 1e-3;

// A server's words in a message of ours: one line, and not too long.
std::string quoted(const std::string& words) {
  constexpr std::size_t kLongest = 300;
  return plain_text(words.size() > kLongest ? words.substr(0, kLongest) + "…" : words);
}

const MilvusJson& member(const MilvusJson& object, const char* name) {
  if (!object.is_object()) throw_bad_input("the answer has no object where {} is due", name);
  const auto found = object.find(name);
  if (found == object.end()) throw_bad_input("the answer lacks {}", name);
  return *found;
}

std::int64_t whole(const MilvusJson& value, const char* name) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return number;
  }
  throw_bad_input("the answer has a {} where the whole number {} is due", value.type_name(), name);
}

struct Envelope {
  std::int64_t code = 0;
  MilvusJson all;
};

Envelope parse(std::string_view answer) {
  Envelope envelope;
  envelope.all = MilvusJson::parse(answer, nullptr, false);
  if (envelope.all.is_discarded()) throw_bad_input("the answer is no JSON: {}", quoted(std::string(answer)));
  envelope.code = whole(member(envelope.all, "code"), "code");
  return envelope;
}

bool went_well(const Envelope& envelope) {
  return envelope.code == 0 || envelope.code == 200;
}

[[noreturn]] void throw_refused(const Envelope& envelope) {
  const auto message = envelope.all.find("message");
  const std::string words =
      message != envelope.all.end() && message->is_string() ? message->get_ref<const std::string&>() : "";
  throw_bad_input("the server refuses: {} (code {})", quoted(words), envelope.code);
}

const MilvusJson& list(const MilvusJson& data) {
  if (!data.is_array()) throw_bad_input("the answer's data is no list");
  return data;
}

// v1 writes the width into the type, "FloatVector(512)"; v2 into parameters, {"key":"dim","value":"512"}.
std::int64_t width_of(const MilvusJson& field) {
  if (const auto parameters = field.find("params"); parameters != field.end() && parameters->is_array()) {
    for (const MilvusJson& parameter : *parameters) {
      if (parameter.is_object() && member(parameter, "key") == "dim") return whole(member(parameter, "value"), "dim");
    }
  }
  const MilvusJson& type = member(field, "type");
  if (!type.is_string()) throw_bad_input("the answer has no type of the field of vectors");
  const auto& text = type.get_ref<const std::string&>();
  const std::size_t open = text.find('(');
  if (open == std::string::npos || !text.ends_with(')'))
    throw_bad_input("the answer has no width of vectors: {}", quoted(text));
  return whole(text.substr(open + 1, text.size() - open - 2), "width");
}

}  // namespace

MilvusJson milvus_data(std::string_view answer) {
  Envelope envelope = parse(answer);
  if (!went_well(envelope)) throw_refused(envelope);
  const auto data = envelope.all.find("data");
  return data == envelope.all.end() ? MilvusJson() : std::move(*data);
}

std::optional<MilvusCollectionFacts> read_collection(std::string_view answer) {
  const Envelope envelope = parse(answer);
  if (envelope.code == kNoCollection) return {};
  if (!went_well(envelope)) throw_refused(envelope);
  const MilvusJson& data = member(envelope.all, "data");
  MilvusCollectionFacts facts;
  const MilvusJson& description = member(data, "description");
  if (description.is_string()) facts.description = description.get<std::string>();
  for (const MilvusJson& field : list(member(data, "fields"))) {
    if (member(field, "name") == "vector") facts.width = width_of(field);
  }
  return facts;
}

std::vector<MilvusHit> read_hits(std::string_view answer, const char* field) {
  const MilvusJson data = milvus_data(answer);
  std::vector<MilvusHit> hits;
  std::set<std::int64_t> seen;
  for (const MilvusJson& entity : list(data)) {
    const MilvusJson& distance = member(entity, "distance");
    if (!distance.is_number()) throw_bad_input("the answer has a distance that is no number");
    const auto product = distance.get<float>();
    if (!std::isfinite(product)) throw_bad_input("the answer has a distance that is not finite");
    const std::int64_t row = whole(member(entity, field), field);
    if (seen.insert(row).second) hits.push_back({row, product});
  }
  std::stable_sort(hits.begin(), hits.end(), [](const MilvusHit& a, const MilvusHit& b) {
    return a.product != b.product ? a.product > b.product : a.row < b.row;
  });
  return hits;
}

std::vector<std::int64_t> read_numbers(std::string_view answer, const char* field) {
  const MilvusJson data = milvus_data(answer);
  std::vector<std::int64_t> numbers;
  for (const MilvusJson& entity : list(data)) numbers.push_back(whole(member(entity, field), field));
  return numbers;
}

NumberedVectors read_vectors(std::string_view answer, const char* field, std::int64_t width) {
  const MilvusJson data = milvus_data(answer);
  NumberedVectors vectors;
  for (const MilvusJson& entity : list(data)) {
    const MilvusJson& numbers = member(entity, "vector");
    if (!numbers.is_array() || std::ssize(numbers) != width)
      throw_bad_input("the answer has a vector that is not of width {}", width);
    std::vector<float> vector;
    double square = 0;
    for (const MilvusJson& number : numbers) {
      if (!number.is_number()) throw_bad_input("the answer has a vector that is not of numbers");
      vector.push_back(number.get<float>());
      square += static_cast<double>(vector.back()) * vector.back();
    }
    if (!(std::abs(square - 1) < kUnitTolerance))  // also where it is no number
      throw_bad_input("the answer has a vector whose square is {}, where 1 is due", square);
    vectors.emplace_back(whole(member(entity, field), field), std::move(vector));
  }
  return vectors;
}

std::int64_t read_taken(std::string_view answer) {
  const MilvusJson data = milvus_data(answer);
  return whole(member(data, data.is_object() && data.contains("upsertCount") ? "upsertCount" : "insertCount"),
               "the number of entities taken");
}

}  // namespace cnclip::search

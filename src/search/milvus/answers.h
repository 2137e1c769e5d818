// What a Milvus server answers, read. Its bytes are untrusted: whatever is not as it should be throws bad_input.
// REST v1 (2.3) and v2 (2.4 and later) answer {"code":…,"data":…}, with 200 and 0 as the code of what went well; whole
// numbers may stand in quotes.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cnclip::search {

// Numbers with a fraction are floats: vectors come back as they went.
using MilvusJson = nlohmann::basic_json<std::map, std::vector, std::string, bool, std::int64_t, std::uint64_t, float>;

struct MilvusHit {
  std::int64_t row = 0;
  float product = 0;
};

using NumberedVectors = std::vector<std::pair<std::int64_t, std::vector<float>>>;

struct MilvusCollectionFacts {
  std::string description;
  std::int64_t width = 0;  // of the field `vector`; 0: there is no such field
};

// The data of an answer. Throws bad_input with the server's own words where it has not done what it was asked.
MilvusJson milvus_data(std::string_view answer);
// Nothing where there is no such collection.
std::optional<MilvusCollectionFacts> read_collection(std::string_view answer);
// Best first, each row once; rows stand in the field `row`.
std::vector<MilvusHit> read_hits(std::string_view answer, const char* row);
// Whole numbers of one field, in the order of the answer.
std::vector<std::int64_t> read_numbers(std::string_view answer, const char* field);
// The number in `field` and the vector of each entity; vectors are of `width` and of unit length.
NumberedVectors read_vectors(std::string_view answer, const char* field, std::int64_t width);
// How many entities the server says it has taken.
std::int64_t read_taken(std::string_view answer);

}  // namespace cnclip::search

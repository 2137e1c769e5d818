// Values of Arrow's arrays as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace arrow {
class Array;
class DataType;
}  // namespace arrow

namespace cnclip {

// Strings, bytes without a declared encoding, and dictionaries of them.
bool is_text_type(const arrow::DataType& type);
bool is_integer_type(const arrow::DataType& type);
bool is_bytes_type(const arrow::DataType& type);

// Texts may be anything but UTF-8. What JSON has no kind for (dates, decimals) is as Arrow writes it. Throws
// std::out_of_range for an index that its dictionary lacks.
nlohmann::ordered_json json_of(const arrow::Array& array, std::int64_t row);

}  // namespace cnclip

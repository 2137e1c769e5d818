#include "data/formats/parquet_values.h"

#include <arrow/array.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <stdexcept>

namespace cnclip {
namespace {

using Json = nlohmann::ordered_json;

template <class Array>
Json value_of(const arrow::Array& array, std::int64_t row) {
  return static_cast<const Array&>(array).Value(row);
}

template <class Array>
Json view_of(const arrow::Array& array, std::int64_t row) {
  return std::string(static_cast<const Array&>(array).GetView(row));
}

}  // namespace

bool is_text_type(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY)
    return is_text_type(*static_cast<const arrow::DictionaryType&>(type).value_type());
  return arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id()) || type.id() == arrow::Type::NA;
}

bool is_integer_type(const arrow::DataType& type) {
  return arrow::is_integer(type.id());
}

bool is_bytes_type(const arrow::DataType& type) {
  return type.id() == arrow::Type::BINARY || type.id() == arrow::Type::LARGE_BINARY;
}

Json json_of(const arrow::Array& array, std::int64_t row) {
  if (array.IsNull(row)) return nullptr;
  switch (array.type_id()) {
    case arrow::Type::NA: return nullptr;
    case arrow::Type::BOOL: return value_of<arrow::BooleanArray>(array, row);
    case arrow::Type::INT8: return value_of<arrow::Int8Array>(array, row);
    case arrow::Type::INT16: return value_of<arrow::Int16Array>(array, row);
    case arrow::Type::INT32: return value_of<arrow::Int32Array>(array, row);
    case arrow::Type::INT64: return value_of<arrow::Int64Array>(array, row);
    case arrow::Type::UINT8: return value_of<arrow::UInt8Array>(array, row);
    case arrow::Type::UINT16: return value_of<arrow::UInt16Array>(array, row);
    case arrow::Type::UINT32: return value_of<arrow::UInt32Array>(array, row);
    case arrow::Type::UINT64: return value_of<arrow::UInt64Array>(array, row);
    case arrow::Type::FLOAT: return value_of<arrow::FloatArray>(array, row);
    case arrow::Type::DOUBLE: return value_of<arrow::DoubleArray>(array, row);
    case arrow::Type::STRING:
    case arrow::Type::BINARY: return view_of<arrow::BinaryArray>(array, row);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY: return view_of<arrow::LargeBinaryArray>(array, row);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW: return view_of<arrow::BinaryViewArray>(array, row);
    case arrow::Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      const std::int64_t index = coded.GetValueIndex(row);
      if (index < 0 || index >= coded.dictionary()->length())
        throw std::out_of_range(fmt::format("no entry {} in a dictionary of {}", index, coded.dictionary()->length()));
      return json_of(*coded.dictionary(), index);
    }
    default: {
      const auto scalar = array.GetScalar(row);
      return scalar.ok() ? Json((*scalar)->ToString()) : Json();
    }
  }
}

}  // namespace cnclip

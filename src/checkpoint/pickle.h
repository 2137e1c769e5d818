// Python pickles read as plain data by a machine that can do nothing else: values, containers, and a fixed table of
// globals, none of which is ever called. Everything else is refused.
//
// Work and memory are bounded by the bytes read. Values may be shared and may contain themselves, as in Python, so who
// walks them must bound the walk.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/tensor.h"

namespace cnclip {

struct PickleValue;
using PickleRef = PickleValue*;  // owned by its Pickle

struct PickleNone {};
struct PickleLong {
  std::string digits;
};  // an integer of more than 64 bits: little-endian two's complement
struct PickleBytes {
  std::string bytes;
};
struct PickleList {
  std::vector<PickleRef> items;
};
struct PickleTuple {
  std::vector<PickleRef> items;
};
struct PickleDict {
  std::vector<std::pair<PickleRef, PickleRef>> items;
};
struct PickleGlobal {
  std::string module, name;
};
struct PickleStorage {
  DType dtype;
  std::string key;
  std::int64_t size;
};  // elements
struct PickleTensor {
  PickleStorage storage;
  std::int64_t offset;
  Shape shape, strides;
};
struct PickleObject {
  std::string type;
  PickleRef state;
};  // attributes of an object of a TorchScript class

struct PickleValue {
  std::variant<PickleNone, bool, std::int64_t, PickleLong, double, std::string, PickleBytes, PickleList, PickleTuple,
               PickleDict, PickleGlobal, PickleStorage, PickleTensor, PickleObject>
      data;
};

struct Pickle {
  std::deque<PickleValue> values;  // never moved once made
  PickleRef root = nullptr;
  std::size_t size = 0;  // bytes the pickle took
};

// Reads one pickle (protocols 0 to 5) at the start of `bytes`; `name` opens error messages. Throws bad_input with the
// byte offset for anything malformed and for every global outside the table. Backslash escapes of protocol 0 are not
// decoded, they are refused.
Pickle read_pickle(std::string_view bytes, const std::string& name);

}  // namespace cnclip

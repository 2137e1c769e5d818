// The table of globals that a pickle may name, and what applying one to arguments means.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <variant>

#include "checkpoint/pickle.h"

namespace cnclip {

bool is_known_global(std::string_view module, std::string_view name);

// Those of the table that an object may be made of: its attributes are data.
bool is_known_class(const PickleGlobal& global);

// The element type of torch.FloatStorage and its kin.
std::optional<DType> storage_type(const PickleValue& value);

// What `callable(*arguments)` stands for: a new value, or one of the arguments. Reasons against it go to `fail`, which
// must not return.
using PickleFail = std::function<void(const std::string&)>;
std::variant<PickleValue, PickleRef> reduce_global(const PickleGlobal& callable,
                                                   const std::vector<PickleRef>& arguments, const PickleFail& fail);

}  // namespace cnclip

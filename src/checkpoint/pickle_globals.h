// The table of globals that a pickle may name, and what applying one to arguments means.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "checkpoint/pickle.h"

namespace cnclip {

bool is_known_global(std::string_view module, std::string_view name);

// The element type of torch.FloatStorage and its kin.
std::optional<DType> storage_type(const PickleValue& value);

// What `callable(*arguments)` stands for. Throws std::string's worth of reason through `fail`, which must not return.
using PickleFail = std::function<void(const std::string&)>;
PickleValue reduce_global(const PickleGlobal& callable, const std::vector<PickleRef>& arguments, const PickleFail& fail);

}  // namespace cnclip

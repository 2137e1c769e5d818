#include "recipe/lora.h"

#include <algorithm>
#include <cmath>

#include "graph/lora_names.h"

namespace cnclip {

std::vector<Parameter> adapted_matrices(const ModelConfig& config, const Freeze& freeze) {
  std::vector<Parameter> found = parameters(config);
  std::erase_if(found, [&](const Parameter& parameter) {
    const std::string& name = parameter.name;
    const bool linear = name.ends_with("weight") || name == "visual.proj" || name == "text_projection";
    return parameter.shape.size() != 2 || !linear || name.starts_with("bert.embeddings.") || freeze.frozen(name);
  });
  return found;
}

bool is_trained(const std::string& parameter, const Freeze& freeze, int rank) {
  return !freeze.frozen(parameter) && (rank == 0 || parameter == "logit_scale");
}

std::vector<Parameter> lora_parameters(const ModelConfig& config, const Freeze& freeze, int rank) {
  std::vector<Parameter> made;
  if (rank == 0) return made;
  for (const Parameter& matrix : adapted_matrices(config, freeze)) {
    const std::int64_t rows = matrix.shape[0], columns = matrix.shape[1];
    const Initializer drawn{Initializer::Kind::uniform, 1 / std::sqrt(static_cast<double>(columns))};
    made.push_back({lora_a(matrix.name), {rank, columns}, drawn});
    made.push_back({lora_b(matrix.name), {rows, rank}, {}});
  }
  return made;
}

}  // namespace cnclip

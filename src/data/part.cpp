#include "data/part.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace cnclip {
namespace {

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<Part> part_of(const char* rank, const char* size) {
  if (rank == nullptr || size == nullptr) return {};
  const auto index = number(rank), of = number(size);
  if (!index || !of || *index >= *of) return {};
  return Part{*index, *of};
}

// What starts processes says who they are: Open MPI; the PMI of srun and other MPIs; srun alone.
Part started_part() {
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, {"PMI_RANK", "PMI_SIZE"}, {"SLURM_PROCID", "SLURM_NTASKS"}};
  for (const auto& [rank, size] : kNames) {
    if (const auto part = part_of(std::getenv(rank), std::getenv(size))) return *part;
  }
  return {};
}

}  // namespace

Part part_from(const std::string& text) {
  if (text == "auto") return started_part();
  const std::size_t slash = text.find('/');
  const auto index = number(text.substr(0, slash));
  const auto of = slash == std::string::npos ? std::nullopt : number(text.substr(slash + 1));
  if (!index || !of || *index < 1 || *index > *of) {
    throw_usage("part {}: i/n is due, i from 1 to n, or auto for the rank of mpirun or srun", text);
  }
  return {*index - 1, *of};
}

}  // namespace cnclip

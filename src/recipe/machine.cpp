#include "recipe/machine.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/error.h"

namespace cnclip {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;

void set(Machine& machine, const std::string& item, const std::string& text) {
  const std::size_t equals = item.find('=');
  const std::string key = item.substr(0, equals);
  double value = 0;
  try {
    std::size_t read = 0;
    value = std::stod(item.substr(equals + 1), &read);
    if (read != item.size() - equals - 1) value = 0;
  } catch (const std::logic_error&) {  // no number, or out of range
  }
  if (!(value > 0) || !std::isfinite(value)) throw_usage("machine {}: {} is no positive number", text, item);
  if (key == "devices" && value <= 1e6 && value == std::floor(value)) {
    machine.devices = static_cast<int>(value);
  } else if (key == "flops") {
    machine.flops_f32 = machine.flops_bf16 = machine.flops_f16 = value;
  } else if (key == "memory") {
    machine.memory = value;
  } else if (key == "link") {
    machine.link = value;
  } else if (key == "utilisation" && value <= 1) {
    machine.utilisation = value;
  } else {
    throw_usage("machine {}: {} is none of devices (up to 1e6), flops, memory, link, utilisation (up to 1)", text,
                item);
  }
}

}  // namespace

double Machine::flops(TrainingPrecision precision) const {
  const double own = precision == TrainingPrecision::f16    ? flops_f16
                     : precision == TrainingPrecision::bf16 ? flops_bf16
                                                            : 0;
  return own > 0 ? own : flops_f32;
}

const std::vector<Machine>& machines() {
  // Peaks and memory: the makers' data sheets, without sparsity. Links: assumed networks of 100, 200 and 400 Gbit/s a
  // machine. Utilisation: what docs/scaling.md finds in the paper for V100 and A100; the H100's is carried over, the
  // CPU's a guess. cpu-2core: peaks measured on two Zen 4 cores.
  static const std::vector<Machine> all = {
      {"V100-32G", 15.7e12, 0, 125e12, 32 * kGiB, 12.5e9, 0.10, kGiB},
      {"A100-40G", 19.5e12, 312e12, 312e12, 40 * kGiB, 25e9, 0.16, kGiB},
      {"A100-80G", 19.5e12, 312e12, 312e12, 80 * kGiB, 25e9, 0.16, kGiB},
      {"H100", 67e12, 989e12, 989e12, 80 * kGiB, 50e9, 0.16, kGiB},
      {"cpu-2core", 222e9, 452e9, 0, 16 * kGiB, 1e9, 0.3, 0},
  };
  return all;
}

Machine this_machine(int ranks, int devices) {
  const double bytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return {"this machine", 1, 1, 1, bytes / ranks, 1, 1, 0, devices};
}

Machine machine_from(const std::string& text) {
  Machine machine;
  machine.name = "custom";
  machine.utilisation = 0.16;
  machine.link = 1e9;
  std::istringstream items(text);
  bool first = true;
  for (std::string item; std::getline(items, item, ','); first = false) {
    const auto& all = machines();
    const auto known = std::find_if(all.begin(), all.end(), [&](const Machine& one) { return one.name == item; });
    if (first && known != all.end()) {
      machine = *known;
    } else if (item.find('=') != std::string::npos) {
      set(machine, item, text);
    } else {
      std::vector<std::string> names;
      for (const Machine& one : all) names.push_back(one.name);
      throw_usage("machine {}: {} is not known; it is one of {}, or key=value", text, item, fmt::join(names, ", "));
    }
  }
  if (machine.flops_f32 == 0 || machine.memory == 0) throw_usage("machine {}: flops and memory are needed", text);
  return machine;
}

}  // namespace cnclip

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "recipe/plan.h"

namespace cnclip {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;

}  // namespace

std::string to_text(const Plan& plan) {
  std::string text = fmt::format("{} x {}, at {:.0f} % of the peak\n", plan.machine.devices, plan.machine.name,
                                 100 * plan.machine.utilisation);
  const auto line = [&](const char* what, const std::string& value) {
    text += fmt::format("  {:<22}{}\n", what, value);
  };
  double hours = 0;
  for (const StagePlan& s : plan.stages) {
    text += fmt::format("{}\n", s.name);
    line("steps, pairs", fmt::format("{}, {}", s.steps, s.pairs));
    line("parameters", fmt::format("{} trained, {} frozen", s.trained, s.frozen));
    line("GFLOP a pair", fmt::format("{:.2f}: forward {:.2f}, backward {:.2f}, forward again {:.2f}",
                                     s.operations() * 1e-9, s.forward * 1e-9, s.backward * 1e-9, s.again * 1e-9));
    line("GiB a device",
         fmt::format("{:.2f} of {:.0f}: weights {:.2f}, gradients {:.2f}, optimizer {:.2f}, activations {:.2f}, "
                     "inputs {:.2f}, loss {:.2f}, runtime {:.2f}",
                     s.memory(plan.machine) / kGiB, plan.machine.memory / kGiB, s.weights / kGiB, s.gradients / kGiB,
                     s.optimizer / kGiB, s.activations / kGiB, s.inputs / kGiB, s.loss / kGiB,
                     plan.machine.reserved / kGiB));
    if (s.cache > 0) line("GiB of cache", fmt::format("{:.2f}", s.cache / kGiB));
    line("MB sent a step",
         fmt::format("{:.1f}: features {:.1f}, gradients {:.1f}", (s.features_sent + s.gradients_sent) * 1e-6,
                     s.features_sent * 1e-6, s.gradients_sent * 1e-6));
    line("seconds a step", fmt::format("{:.3f}: computing {:.3f}, sending {:.3f}", s.compute_seconds + s.link_seconds,
                                       s.compute_seconds, s.link_seconds));
    line("pairs a second", fmt::format("{:.0f}", s.pairs_per_second()));
    line("hours", fmt::format("{:.2f} ({:.2f} days)", s.hours(), s.hours() / 24));
    for (const std::string& warning : s.warnings) line("WARNING", warning);
    hours += s.hours();
  }
  return text + fmt::format("together {:.2f} hours, {:.0f} device-hours\n", hours, hours * plan.machine.devices);
}

std::string to_json(const Plan& plan) {
  using Json = nlohmann::ordered_json;
  const Machine& m = plan.machine;
  Json json = {{"machine", m.name}, {"devices", m.devices}, {"utilisation", m.utilisation}, {"stages", Json::array()}};
  for (const StagePlan& s : plan.stages) {
    json["stages"].push_back(
        {{"name", s.name},
         {"steps", s.steps},
         {"pairs", s.pairs},
         {"parameters", {{"trained", s.trained}, {"frozen", s.frozen}}},
         {"operations", {{"forward", s.forward}, {"backward", s.backward}, {"forward_again", s.again}}},
         {"memory",
          {{"total", s.memory(m)},
           {"available", m.memory},
           {"weights", s.weights},
           {"gradients", s.gradients},
           {"optimizer", s.optimizer},
           {"activations", s.activations},
           {"inputs", s.inputs},
           {"loss", s.loss},
           {"runtime", m.reserved}}},
         {"cache", s.cache},
         {"sent", {{"features", s.features_sent}, {"gradients", s.gradients_sent}}},
         {"seconds_a_step", {{"computing", s.compute_seconds}, {"sending", s.link_seconds}}},
         {"pairs_per_second", s.pairs_per_second()},
         {"hours", s.hours()},
         {"warnings", s.warnings}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cnclip

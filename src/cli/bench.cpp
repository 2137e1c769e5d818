#include "bench/bench.h"

#include <map>

#include "checkpoint/load.h"
#include "cli/encoder_options.h"
#include "cli/output.h"
#include "encode/engines.h"
#include "encode/model_store.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

struct Options {
  std::string model, arch = "ViT-B-16", engine, device = "cpu", precision;
  int threads = 0, streams = 1;
  bool json = false;
};

std::vector<Precision> precisions(const Options& options, const Engine& engine) {
  if (const auto named = precision_named(options.precision)) return {*named};
  const Precision best = engine.best_precision();
  if (best == Precision::f32) return {best};
  return {Precision::f32, best};
}

void print_head(const std::string& model, const std::map<std::string, double>& peaks) {
  fmt::print("{}\n", model);
  for (const auto& [precision, peak] : peaks) {
    fmt::print("large products of matrices, {}: {:.0f} {}\n", precision, peak * 1e-9,
               precision == "int8" ? "GOP/s" : "GFLOP/s");
  }
  fmt::print("{:<14}{:>6}{:>7}{:>8}{:>14}{:>12}{:>10}\n", "", "", "batch", "tokens", "a second", "GFLOP/s", "of peak");
}

void print_line(const Speed& speed, const std::map<std::string, double>& peaks) {
  const auto number = [](std::int64_t n) { return n > 0 ? fmt::to_string(n) : ""; };
  fmt::print("{:<14}{:>6}{:>7}{:>8}{:>14.1f}", speed.what, speed.precision, number(speed.batch), number(speed.tokens),
             speed.per_second);
  if (speed.operations > 0) fmt::print("{:>12.0f}", speed.operations * 1e-9);
  if (const auto peak = peaks.find(speed.precision); peak != peaks.end()) {
    fmt::print("{:>8.0f} %", 100 * speed.operations / peak->second);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

Json to_json(const Speed& speed, const std::map<std::string, double>& peaks) {
  Json made = {{"what", speed.what}, {"per_second", speed.per_second}};
  if (speed.batch > 0) made["batch"] = speed.batch;
  if (speed.tokens > 0) made["tokens"] = speed.tokens;
  if (speed.precision.empty()) return made;
  made["precision"] = speed.precision;
  made["gflops"] = speed.operations * 1e-9;
  if (const auto peak = peaks.find(speed.precision); peak != peaks.end()) {
    made["of_peak"] = speed.operations / peak->second;
  }
  return made;
}

void bench(const Options& options) {
  const auto engine = make_engine(options.engine, options.device);
  engine->check_streams(options.streams, options.threads);
  ModelConfig config;
  TensorMap weights;
  if (options.model.empty()) {
    config = architecture_from(options.arch);
    weights = initial_weights(config, 1);
  } else {
    Checkpoint checkpoint = load_checkpoint(resolve_model(options.model));
    config = std::move(checkpoint.config);
    weights = std::move(checkpoint.weights);
  }
  const std::vector<Precision> wanted = precisions(options, *engine);
  const std::map<std::string, double> peaks =
      options.device == "cpu" ? measured_peaks(options.threads) : std::map<std::string, double>();
  const std::string title = fmt::format("{}, engine {} on {}, {} threads, {} at a time", config.name, engine->name(),
                                        options.device, options.threads > 0 ? fmt::to_string(options.threads) : "all",
                                        options.streams > 1 ? fmt::format("{} batches", options.streams) : "a batch");
  Json lines = Json::array();
  if (!options.json) print_head(title, peaks);
  const auto report = [&](const Speed& speed) {
    options.json ? lines.push_back(to_json(speed, peaks)) : print_line(speed, peaks);
  };
  BenchPlan plan;
  plan.threads = options.threads;
  plan.streams = options.streams;
  if (options.device != "cpu") {  // that many keep it busy
    plan.image_batches.push_back(256);
    plan.text_batches.push_back(256);
  }
  for (const Precision precision : wanted) measure_towers(config, weights, *engine, precision, plan, report);
  measure_inputs(config, report);
  if (!options.json) return;
  Json all = {{"model", config.name},
              {"engine", engine->name()},
              {"device", options.device},
              {"threads", options.threads},
              {"streams", options.streams}};
  for (const auto& [precision, peak] : peaks) all["peak_gflops"][precision] = peak * 1e-9;
  all["speeds"] = std::move(lines);
  print_json(all);
}

}  // namespace

void add_bench(CLI::App& app) {
  auto* command = app.add_subcommand("bench", "How fast this machine runs a model, beside what it can do at most");
  auto options = std::make_shared<Options>();
  auto* model = command->add_option("--model", options->model, "Checkpoint file, Hugging Face folder or name");
  command->add_option("--arch", options->arch, "Instead: an architecture, with random weights")->excludes(model);
  add_device_options(*command, options->engine, options->device);
  command->add_option("--precision", options->precision, "Default: f32, and another where that is faster")
      ->check(CLI::IsMember({"f32", "bf16", "f16"}));
  command->add_option("--threads", options->threads, "0: all cores")->check(CLI::Range(0, 1024));
  add_streams_option(*command, options->streams);
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options] { bench(*options); });
}

}  // namespace cnclip

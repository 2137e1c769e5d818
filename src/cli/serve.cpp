#include "serve/serve.h"

#include <chrono>
#include <cstdlib>

#include "base/error.h"
#include "base/file.h"
#include "base/stop_signal.h"
#include "cli/encoder_options.h"
#include "cli/output.h"
#include "serve/iso_time.h"

namespace cnclip {
namespace {

struct Options {
  serve::ServeOptions serve;
  std::string key_file, log = "text";
  std::size_t max_body_mb = 16, max_connections = 256, max_items = 256;
  std::int64_t max_megapixels = 50;
  double timeout = 60, client_timeout = 30, drain = 20;
};

std::string now_utc() {
  return serve::iso_time(std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
}

void log_as_text(const serve::LogEntry& entry) {
  note(fmt::format("{} {} {} {} {} {:.1f} ms, {} bytes in, {} out{}{}", now_utc(), entry.id, entry.method, entry.route,
                   entry.status, entry.seconds * 1e3, entry.bytes_in, entry.bytes_out, entry.error.empty() ? "" : ": ",
                   entry.error));
}

void log_as_json(const serve::LogEntry& entry) {
  Json line = {{"time", now_utc()},          {"id", entry.id},
               {"method", entry.method},     {"route", entry.route},
               {"status", entry.status},     {"seconds", entry.seconds},
               {"bytes_in", entry.bytes_in}, {"bytes_out", entry.bytes_out}};
  if (!entry.error.empty()) line["error"] = entry.error;
  note(line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

serve::ApiKeys keys_of(const std::string& file) {
  constexpr const char* kVariable = "CNCLIP_API_KEYS";
  constexpr std::size_t kMostBytes = 1 << 20;
  std::string lines, from = kVariable;
  if (!file.empty()) {
    lines = read_file(file, kMostBytes);
    from = file;
  } else if (const char* variable = std::getenv(kVariable)) {
    lines = variable;
    std::ranges::replace(lines, ',', '\n');
  }
  serve::ApiKeys keys(lines, from);
  if (!file.empty() && keys.none()) throw_usage("{}: has no key", file);
  return keys;
}

serve::Milliseconds milliseconds(double seconds) {
  return serve::Milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

void run(Options& options) {
  serve::ServeOptions& all = options.serve;
  if (all.model.empty() && all.index.empty()) throw_usage("serve: one of --model and --index is needed");
  all.build = CNCLIP_VERSION;
  all.keys = keys_of(options.key_file);
  serve::Limits& limits = all.limits;
  limits.body_bytes = options.max_body_mb << 20;
  limits.bodies_bytes = std::max(limits.bodies_bytes, limits.body_bytes);
  limits.connections = options.max_connections;
  limits.items = options.max_items;
  limits.picture_pixels = options.max_megapixels * 1'000'000;
  limits.request_time = milliseconds(options.timeout);
  limits.body_time = limits.write_time = limits.idle_time = milliseconds(options.client_timeout);
  limits.head_time = std::min(limits.head_time, limits.body_time);
  limits.drain_time = milliseconds(options.drain);
  if (!serve::is_loopback_address(all.host) && all.keys.none()) {
    note(fmt::format("cnclip: warning: {}: whoever reaches this address may use the server: no API keys are set",
                     all.host));
  }
  if (options.log == "text") all.log = log_as_text;
  if (options.log == "json") all.log = log_as_json;
  if (options.log == "none") all.log = [](const serve::LogEntry&) {};
  all.listening = [](const std::string& url) {
    fmt::print("listening on {}\n", url);
    std::fflush(stdout);
  };
  const StopSignal stop;
  all.stop_asked = [&stop] { return stop.received(); };
  serve::serve(all);
}

}  // namespace

void add_serve(CLI::App& app) {
  auto* command = app.add_subcommand("serve", "Embeddings, similarity, classification and search over HTTP");
  auto options = std::make_shared<Options>();
  command->add_option("--model", options->serve.model,
                      "Checkpoint file, Hugging Face folder or name; default: the one of the index");
  command->add_option("--index", options->serve.index, "Folder of an index, to be searched and updated");
  add_encoder_options(*command, options->serve.encoder);
  command->add_option("--model-name", options->serve.names, "Name that requests give the model; repeat it");
  command->add_option("--host", options->serve.host, "Address to listen on");
  command->add_option("--port", options->serve.port, "0: any that is free")->check(CLI::Range(0, 65535));
  command->add_option("--api-key-file", options->key_file, "Keys, one a line (also $CNCLIP_API_KEYS, with commas)");
  command->add_flag("--metrics-need-key", options->serve.metrics_need_key, "/metrics too asks for a key");
  command->add_option("--fetch-from", options->serve.fetch_from,
                      "HOST[:PORT], address or network that requests may name pictures of; *: any public host");
  command->add_option("--max-body", options->max_body_mb, "MiB of a request")->check(CLI::Range(1, 1024));
  command->add_option("--max-items", options->max_items, "Texts and pictures of a request")->check(CLI::Range(1, 4096));
  command->add_option("--max-megapixels", options->max_megapixels, "Of a picture")->check(CLI::Range(1, 1000));
  command->add_option("--max-connections", options->max_connections, "At a time")->check(CLI::Range(1, 10000));
  command->add_option("--max-queue", options->serve.limits.queue_cost, "Tokens and patches that may wait")
      ->check(CLI::Range(1, 100'000'000));
  command->add_option("--timeout", options->timeout, "Seconds for an answer")->check(CLI::Range(0.1, 3600.0));
  command->add_option("--client-timeout", options->client_timeout, "Seconds that a client may take to send or receive")
      ->check(CLI::Range(0.1, 3600.0));
  command->add_option("--drain", options->drain, "Seconds for what is under way when asked to stop")
      ->check(CLI::Range(0.0, 3600.0));
  command->add_option("--log", options->log, "Of requests, on standard error")
      ->check(CLI::IsMember({"text", "json", "none"}));
  command->callback([options] { run(*options); });
}

}  // namespace cnclip

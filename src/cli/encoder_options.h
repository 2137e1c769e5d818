// The options of every command that opens an Encoder.
#pragma once

#include "cli/commands.h"
#include "cnclip/encoder.h"

namespace cnclip {

// Where the model runs.
inline void add_device_options(CLI::App& command, std::string& engine, std::string& device) {
  command.add_option("--engine", engine, "openvino, torch or reference")
      ->check(CLI::IsMember({"openvino", "torch", "reference"}));
  command.add_option("--device", device, "cpu; cuda or cuda:N, with engine torch");
}

inline void add_engine_options(CLI::App& command, EncoderOptions& options) {
  add_device_options(command, options.engine, options.device);
  command.add_option("--threads", options.threads, "0: all cores")->check(CLI::Range(0, 1024));
  command.add_option("--cache", options.cache, "Folder of compiled models, or none");
}

// For commands that encode a lot.
inline void add_streams_option(CLI::App& command, int& streams) {
  command
      .add_option("--streams", streams, "Batches side by side, each on its share of the threads; 1: soonest answers")
      ->check(CLI::Range(1, 1024));
}

inline void add_precision_option(CLI::App& command, EncoderOptions& options) {
  command.add_option("--precision", options.precision, "Arithmetic")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "f16", "int8"}));
  command.add_option("--quantization", options.quantization,
                     "For int8: the file of `cnclip quantize`; default: M.int8.safetensors beside M");
}

inline void add_encoder_options(CLI::App& command, EncoderOptions& options) {
  add_engine_options(command, options);
  add_precision_option(command, options);
  command.add_option("--context-length", options.context_length, "Tokens of a text, [CLS] and [SEP] among them")
      ->check(CLI::Range(2, 512));
}

struct EncoderChoice {
  std::string model;
  EncoderOptions options;

  void add_to(CLI::App& command) {
    command.add_option("--model", model, "Checkpoint file, Hugging Face folder or name")->required();
    add_encoder_options(command, options);
  }
};

}  // namespace cnclip

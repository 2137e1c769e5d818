#include "base/error.h"
#include "cli/encoder_options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "data/part.h"
#include "encode/encode_inputs.h"
#include "vectors/feature_writer.h"

namespace cnclip {
namespace {

struct Options {
  std::string kind, input, output, decode = "exact", variant = "api", part;
  EncoderChoice encoder;
  std::int64_t batch = 0;
  bool raw = false, json = false, orientation = false;
};

// Each process of several has an output of its own.
std::string output_of(const Options& options, Part part) {
  std::string output = options.output;
  if (options.part.empty()) return output;
  const std::size_t mark = output.find("%r");
  if (mark != std::string::npos) return output.replace(mark, 2, std::to_string(part.index + 1));
  if (options.part == "auto" && part.of > 1)
    throw_usage("{}: the {} processes need outputs of their own: %r in it becomes the part", output, part.of);
  return output;
}

void encode(const Options& options) {
  const Part part = options.part.empty() ? Part() : part_from(options.part);
  const std::string output = output_of(options, part);
  std::error_code ignored;
  if (std::filesystem::equivalent(options.input, output, ignored)) {
    throw_usage("{}: is the input, features would take its place", output);
  }
  EncoderOptions encoder_options = options.encoder.options;
  encoder_options.normalize = !options.raw;
  EncodeSettings settings;
  settings.decode.fast = options.decode == "fast";
  settings.decode.apply_orientation = options.orientation;
  settings.batch = options.batch * encoder_options.streams;
  settings.context_length = encoder_options.context_length;
  settings.variant = options.variant == "training" ? TextVariant::training : TextVariant::api;
  settings.progress = terminal_progress();
  const bool images = options.kind == "images";
  const auto image_source = images ? open_images(options.input, part) : nullptr;
  const auto text_source = images ? nullptr : open_texts(options.input, part);
  Encoder encoder(options.encoder.model, encoder_options);
  FeatureWriter writer(output, encoder.embed_dim(), images ? "image_id" : "text_id");
  const EncodeReport report = images ? encode_image_source(encoder, *image_source, writer, settings)
                                     : encode_text_source(encoder, *text_source, writer, settings);
  writer.finish();
  if (settings.progress) fmt::print(stderr, "\n");
  const double rate = report.seconds > 0 ? static_cast<double>(report.items) / report.seconds : 0;
  note(fmt::format("{}: {} {} in {:.2f} s ({:.1f}/s), {} errors{}", output, report.items, options.kind, report.seconds,
                   rate, report.errors,
                   report.truncated > 0
                       ? fmt::format(", {} texts cut at {} tokens", report.truncated, settings.context_length)
                       : ""));
  if (options.json) {
    print_json({{"items", report.items}, {"errors", report.errors}, {"seconds", report.seconds}, {"per_second", rate}});
  }
}

}  // namespace

void add_encode(CLI::App& app) {
  auto* command = app.add_subcommand("encode", "Images or texts to features");
  auto options = std::make_shared<Options>();
  command->add_option("kind", options->kind, "images or texts")->required()->check(CLI::IsMember({"images", "texts"}));
  command
      ->add_option("input", options->input,
                   "Folder, list, official TSV or JSONL, LMDB, tar shards; - for texts on standard input")
      ->required();
  command->add_option("-o,--output", options->output, "OUT.npy (ids in OUT.ids.txt) or OUT.jsonl")->required();
  options->encoder.add_to(*command);
  add_streams_option(*command, options->encoder.options.streams);
  command->add_option("--batch", options->batch, "Pictures a batch")->check(CLI::Range(0, 1024));
  command->add_option("--part", options->part,
                      "i/n: the i-th of n parts; auto: by the rank in mpirun or srun; %r in OUT is i");
  command->add_option("--decode", options->decode, "exact, or fast (scaled JPEG decoding)")
      ->check(CLI::IsMember({"exact", "fast"}));
  command->add_option("--variant", options->variant, "Texts as the API or as training has them")
      ->check(CLI::IsMember({"api", "training"}));
  command->add_flag("--exif-orientation", options->orientation, "Turn pictures as their EXIF says");
  command->add_flag("--raw", options->raw, "Features as the towers make them, not of unit length");
  command->add_flag("--json", options->json, "End with one line of figures on standard output");
  command->callback([options] { encode(*options); });
}

}  // namespace cnclip

#include <numeric>

#include "base/file.h"
#include "cli/encoder_options.h"
#include "cli/output.h"

namespace cnclip {

void add_match(CLI::App& app) {
  struct Options {
    EncoderChoice encoder;
    std::string image;
    std::vector<std::string> texts;
    bool json = false;
  };
  auto* command = app.add_subcommand("match", "How well each text fits one picture");
  auto options = std::make_shared<Options>();
  options->encoder.add_to(*command);
  command->add_option("--image", options->image, "Picture file")->required();
  command->add_option("--text", options->texts, "Text; repeat it")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options] {
    const std::string bytes = read_file(options->image, DecodeOptions{}.max_bytes);
    const Image image = decode_image(std::as_bytes(std::span(bytes)), options->image);
    Encoder encoder(options->encoder.model, options->encoder.options);
    const FeatureMatrix picture = encoder.encode_images({&image, 1});
    const FeatureMatrix texts = encoder.encode_texts(options->texts);
    const std::vector<float> probabilities = match_probabilities(picture.row(0), texts, encoder.logit_scale());
    std::vector<double> cosines;
    for (std::int64_t i = 0; i < texts.rows; ++i) {
      const auto row = texts.row(i);
      cosines.push_back(std::inner_product(row.begin(), row.end(), picture.values.begin(), 0.0));
    }
    if (options->json) {
      print_json({{"texts", options->texts}, {"probabilities", probabilities}, {"cosines", cosines}});
      return;
    }
    for (std::size_t i = 0; i < cosines.size(); ++i) {
      fmt::print("{:7.2f} %   cosine {:7.4f}   {}\n", 100 * probabilities[i], cosines[i], options->texts[i]);
    }
  });
}

}  // namespace cnclip

// Embeds one picture and three sentences and prints how well they match.
#include <cnclip/encoder.h>

#include <cstdio>
#include <fstream>
#include <iterator>

int main(int argc, char** argv) try {
  if (argc != 3) return std::fprintf(stderr, "usage: embed MODEL PICTURE\n"), 2;
  std::ifstream file(argv[2], std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const cnclip::Image image = cnclip::decode_image(std::as_bytes(std::span(bytes)), argv[2]);
  const std::vector<std::string> texts = {"一只猫", "海边的日落", "红色的汽车"};

  cnclip::Encoder encoder(argv[1]);
  const cnclip::FeatureMatrix picture = encoder.encode_images({&image, 1});
  const cnclip::FeatureMatrix sentences = encoder.encode_texts(texts);
  const auto fits = cnclip::match_probabilities(picture.row(0), sentences, encoder.logit_scale());
  for (std::size_t i = 0; i < texts.size(); ++i) std::printf("%5.1f %%  %s\n", 100 * fits[i], texts[i].c_str());
} catch (const cnclip::Error& error) {
  return std::fprintf(stderr, "embed: %s\n", error.what()), static_cast<int>(error.category());
}

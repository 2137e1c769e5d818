#include "base/error.h"
#include "base/file.h"
#include "base/npy.h"
#include "cli/commands.h"
#include "cnclip/image.h"

namespace cnclip {

void add_preprocess(CLI::App& app) {
  struct Options {
    std::vector<std::string> images;
    int size = 224;
    std::string output, decode = "exact";
    bool orientation = false, rgb_first = false;
  };
  auto* command = app.add_subcommand("preprocess", "Pictures to the pixels the model sees: float32 (N, 3, S, S)");
  auto options = std::make_shared<Options>();
  command->add_option("images", options->images, "Picture files")->required();
  command->add_option("--size", options->size, "Side of the square")->check(CLI::Range(1, 4096));
  command->add_option("-o,--output", options->output, "The .npy file")->required();
  command->add_option("--decode", options->decode, "exact, or fast (scaled JPEG decoding)")
      ->check(CLI::IsMember({"exact", "fast"}));
  command->add_flag("--exif-orientation", options->orientation, "Turn pictures as their EXIF says");
  command->add_flag("--rgb-first", options->rgb_first, "Convert to RGB before the resize, as ImageFolder does");
  command->callback([options] {
    DecodeOptions decode;
    decode.fast = options->decode == "fast";
    decode.target_size = options->size;
    decode.apply_orientation = options->orientation;
    const auto order = options->rgb_first ? PreprocessOrder::rgb_then_resize : PreprocessOrder::resize_then_rgb;
    AtomicFile file(options->output);
    file.write(npy_header({static_cast<std::int64_t>(options->images.size()), 3, options->size, options->size}));
    std::vector<float> planes(3 * static_cast<std::size_t>(options->size) * static_cast<std::size_t>(options->size));
    for (const std::string& path : options->images) {
      const std::string bytes = read_file(path, decode.max_bytes);
      preprocess(decode_image(std::as_bytes(std::span(bytes)), path, decode), options->size, planes, order);
      file.write(std::as_bytes(std::span(planes)));
    }
    file.commit();
  });
}

}  // namespace cnclip

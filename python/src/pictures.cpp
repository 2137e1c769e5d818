#include "pictures.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <thread>

namespace cnclip::python {
namespace {

struct Mode {
  ImageMode mode;
  std::size_t bytes;  // a pixel
};

const std::map<std::string, Mode> kModes = {
    {"1", {ImageMode::bilevel, 1}}, {"P", {ImageMode::palette, 1}}, {"L", {ImageMode::l, 1}},
    {"LA", {ImageMode::la, 2}},     {"RGB", {ImageMode::rgb, 3}},   {"RGBA", {ImageMode::rgba, 4}},
    {"CMYK", {ImageMode::cmyk, 4}}, {"I;16", {ImageMode::i16, 2}},
};

void preprocess_one(const Picture& picture, int size, std::span<std::uint8_t> planes) {
  if (const auto* image = std::get_if<Image>(&picture.data)) return preprocess_u8(*image, size, planes);
  const auto& bytes = std::get<std::string>(picture.data);
  decode_preprocess_u8(std::as_bytes(std::span(bytes)), picture.name, size, planes);
}

}  // namespace

Picture picture_of_pixels(std::string name, const std::string& mode, int width, int height, const std::string& pixels,
                          const std::string& palette) {
  const auto found = kModes.find(mode);
  if (found == kModes.end()) throw Error(ErrorCategory::usage, name + ": pixels of mode " + mode + " are not known");
  const std::size_t wanted =
      static_cast<std::size_t>(std::max(width, 0)) * static_cast<std::size_t>(std::max(height, 0));
  if (wanted == 0 || pixels.size() != wanted * found->second.bytes || (mode == "P" && palette.size() != 768)) {
    throw Error(ErrorCategory::usage, name + ": " + std::to_string(pixels.size()) + " bytes of pixels are not " +
                                          std::to_string(width) + " x " + std::to_string(height) + " of mode " + mode);
  }
  Image image{width, height, found->second.mode, {pixels.begin(), pixels.end()}, {palette.begin(), palette.end()}};
  return {std::move(name), std::move(image)};
}

std::vector<std::uint8_t> preprocess_all(std::span<const Picture* const> pictures, int size, int threads) {
  const std::size_t one = 3 * static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  std::vector<std::uint8_t> planes(pictures.size() * one);
  std::vector<std::exception_ptr> failures(pictures.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < pictures.size(); i = next++) {
      try {
        preprocess_one(*pictures[i], size, std::span(planes).subspan(i * one, one));
      } catch (...) {
        failures[i] = std::current_exception();
      }
    }
  };
  {
    const std::size_t cores = threads > 0 ? static_cast<std::size_t>(threads) : std::thread::hardware_concurrency();
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(cores, pictures.size()); ++i) others.emplace_back(work);
    work();
  }
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  return planes;
}

}  // namespace cnclip::python

#include "augment/train_transform.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "augment/draw.h"
#include "base/error.h"
#include "image/jpeg.h"
#include "image/row_pipeline.h"

namespace cnclip {
namespace {

Image cropped(const Image& image, const CropBox& crop) {
  const std::size_t pixel = bytes_per_pixel(image.mode), stride = static_cast<std::size_t>(image.width) * pixel;
  const std::size_t row = static_cast<std::size_t>(crop.width) * pixel;
  Image part{crop.width, crop.height, image.mode, {}, image.palette};
  part.pixels.resize(row * static_cast<std::size_t>(crop.height));
  const std::uint8_t* from =
      image.pixels.data() + static_cast<std::size_t>(crop.top) * stride + static_cast<std::size_t>(crop.left) * pixel;
  for (std::size_t at = 0; at < part.pixels.size(); at += row, from += stride) {
    std::memcpy(part.pixels.data() + at, from, row);
  }
  return part;
}

void read_cropped(JpegReader& reader, const CropBox& crop, int size, std::span<std::uint8_t> planes) {
  RowPipeline pipeline(crop.width, crop.height, reader.mode(), size, PreprocessOrder::resize_then_rgb, planes);
  const std::size_t left = static_cast<std::size_t>(crop.left) * bytes_per_pixel(reader.mode());
  const int bottom = crop.top + crop.height;
  for (int y = 0; y < bottom;) {
    const std::uint8_t* rows = nullptr;
    const int count = reader.read(&rows);
    for (int i = 0; i < count; ++i, ++y) {
      if (y >= crop.top && y < bottom) pipeline.push(rows + static_cast<std::size_t>(i) * reader.stride() + left);
    }
  }
  pipeline.finish();
}

// Mirroring and conversion to RGB, pixel by pixel, may change places: the planes are RGB already.
void finish(const TrainParameters& parameters, int size, std::span<std::uint8_t> planes) {
  if (parameters.flip) {
    for (auto row = planes.begin(); row != planes.end(); row += size) std::reverse(row, row + size);
  }
  for (const AugmentOp& op : parameters.ops) apply_op(op, size, size, planes);
}

}  // namespace

TrainParameters draw_train_parameters(const DrawKey& key, int width, int height) {
  const std::uint64_t of_epoch = Random(key.seed ^ Random(key.epoch, "epoch").next(), "augment").next();
  Random random(of_epoch ^ Random(key.sample, "sample").next());
  TrainParameters parameters;
  parameters.crop = draw_crop(random, width, height);
  parameters.flip = random.uniform() < 0.5;
  draw_policy(random, parameters);
  return parameters;
}

std::string to_json(const TrainParameters& parameters) {
  const CropBox& crop = parameters.crop;
  std::vector<std::string> ops;
  for (const AugmentOp& op : parameters.ops) ops.push_back(fmt::format(R"(["{}", {}])", name_of(op.kind), op.value));
  return fmt::format(R"({{"crop": [{}, {}, {}, {}], "flip": {}, "sub_policy": {}, "ops": [{}]}})", crop.left, crop.top,
                     crop.width, crop.height, parameters.flip, parameters.sub_policy, fmt::join(ops, ", "));
}

void apply_train_transform(const Image& image, const TrainParameters& parameters, int size,
                           std::span<std::uint8_t> planes) {
  const CropBox& crop = parameters.crop;
  if (crop.left < 0 || crop.top < 0 || crop.width <= 0 || crop.height <= 0 || crop.width > image.width - crop.left ||
      crop.height > image.height - crop.top) {
    throw_usage("augment: a crop of {} x {} at ({}, {}) of a picture of {} x {}", crop.width, crop.height, crop.left,
                crop.top, image.width, image.height);
  }
  preprocess_u8(cropped(image, crop), size, planes);
  finish(parameters, size, planes);
}

TrainParameters decode_train_u8(Bytes bytes, std::string_view name, const DrawKey& key, int size,
                                std::span<std::uint8_t> planes) {
  check_planes(planes.size(), size);
  const DecodeOptions options;
  if (!is_jpeg(bytes) || bytes.size() > options.max_bytes) {
    const Image image = decode_image(bytes, name, options);
    TrainParameters parameters = draw_train_parameters(key, image.width, image.height);
    apply_train_transform(image, parameters, size, planes);
    return parameters;
  }
  JpegReader reader(bytes, name, options);
  TrainParameters parameters = draw_train_parameters(key, reader.width(), reader.height());
  read_cropped(reader, parameters.crop, size, planes);
  finish(parameters, size, planes);
  return parameters;
}

}  // namespace cnclip

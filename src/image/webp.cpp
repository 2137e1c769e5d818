// WebP; of an animation, the first frame on its canvas.
#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {
namespace {

bool decode_into(std::span<const std::uint8_t> from, Image& image, std::size_t x, std::size_t y) {
  const std::size_t channels = bytes_per_pixel(image.mode), stride = static_cast<std::size_t>(image.width) * channels;
  const std::size_t begin = y * stride + x * channels;
  const auto decode = image.mode == ImageMode::rgba ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  return decode(from.data(), from.size(), image.pixels.data() + begin, image.pixels.size() - begin,
                static_cast<int>(stride)) != nullptr;
}

bool decode_first_frame(std::span<const std::uint8_t> bytes, Image& image) {
  const WebPData source{bytes.data(), bytes.size()};
  const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> demuxer(WebPDemux(&source), WebPDemuxDelete);
  WebPIterator frame{};
  if (demuxer == nullptr || WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0) return false;
  const std::unique_ptr<WebPIterator, void (*)(WebPIterator*)> release(&frame, WebPDemuxReleaseIterator);
  // The demuxer has read these numbers from the container; the frame's own header is to agree before it is decoded.
  WebPBitstreamFeatures own;
  return frame.complete != 0 && frame.x_offset >= 0 && frame.y_offset >= 0 &&
         frame.width <= image.width - frame.x_offset && frame.height <= image.height - frame.y_offset &&
         WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &own) == VP8_STATUS_OK &&
         own.width == frame.width && own.height == frame.height &&
         decode_into({frame.fragment.bytes, frame.fragment.size}, image, static_cast<std::size_t>(frame.x_offset),
                     static_cast<std::size_t>(frame.y_offset));
}

}  // namespace

Image decode_webp(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  const std::span data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data.data(), data.size(), &features) != VP8_STATUS_OK) {
    throw_bad_input("{}: WebP: unreadable header", name);
  }
  Image image =
      make_image(features.width, features.height, features.has_alpha ? ImageMode::rgba : ImageMode::rgb, name, options);
  const bool whole = features.has_animation ? decode_first_frame(data, image) : decode_into(data, image, 0, 0);
  if (!whole) throw_bad_input("{}: WebP: broken or cut short", name);
  return image;
}

}  // namespace cnclip

#include <webp/decode.h>
#include <webp/demux.h>

#include "base/error.h"
#include "image/codecs.h"

namespace cnclip {

Image decode_webp(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK) throw_bad_input("{}: WebP: unreadable header", name);
  Image image = make_image(features.width, features.height, features.has_alpha ? ImageMode::rgba : ImageMode::rgb, name, options);
  WebPData source{data, bytes.size()};
  const int stride = image.width * channels_of(image.mode);
  const auto into = [&](const std::uint8_t* from, std::size_t size) {
    return (features.has_alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto)(from, size, image.pixels.data(), image.pixels.size(), stride);
  };
  if (!features.has_animation) {
    if (into(data, bytes.size()) == nullptr) throw_bad_input("{}: WebP: broken or cut short", name);
    return image;
  }
  WebPDemuxer* demuxer = WebPDemux(&source);
  WebPIterator frame{};
  const bool whole = demuxer != nullptr && WebPDemuxGetFrame(demuxer, 1, &frame) != 0 && frame.width == image.width &&
                     frame.height == image.height && into(frame.fragment.bytes, frame.fragment.size) != nullptr;
  WebPDemuxReleaseIterator(&frame);
  WebPDemuxDelete(demuxer);
  if (!whole) throw_bad_input("{}: WebP: the first frame of this animation cannot be read", name);
  return image;
}

}  // namespace cnclip

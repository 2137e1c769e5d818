// TIFF in the layouts that Pillow has modes for; the rest is left to libtiff's own conversion to RGB.
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "image/tiff_file.h"

namespace cnclip {
namespace {

struct Layout {
  std::int64_t width = 0, height = 0;
  int bits = 0, samples = 0, photometric = 0, planes = 1, compression = 0;
  int alpha = -1;  // the type of the extra sample after the colours; -1: there is none
  bool plain = true;
};

Layout layout_of(const TiffFile& file) {
  Layout layout;
  layout.width = file.field<std::uint32_t>(TIFFTAG_IMAGEWIDTH);
  layout.height = file.field<std::uint32_t>(TIFFTAG_IMAGELENGTH);
  layout.bits = file.field<std::uint16_t>(TIFFTAG_BITSPERSAMPLE);
  layout.samples = file.field<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL);
  layout.photometric = file.field<std::uint16_t>(TIFFTAG_PHOTOMETRIC);
  layout.compression = file.field<std::uint16_t>(TIFFTAG_COMPRESSION);
  if (file.field<std::uint16_t>(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE) layout.planes = layout.samples;
  std::uint16_t count = 0;
  const std::uint16_t* types = nullptr;
  if (TIFFGetField(file.get(), TIFFTAG_EXTRASAMPLES, &count, &types) != 0 && count > 0) layout.alpha = types[0];
  layout.plain = file.field<std::uint16_t>(TIFFTAG_SAMPLEFORMAT) == SAMPLEFORMAT_UINT;
  return layout;
}

// Samples that belong to the picture itself, without extra ones.
int colors_of(int photometric) {
  return photometric == PHOTOMETRIC_RGB ? 3 : photometric == PHOTOMETRIC_SEPARATED ? 4 : 1;
}

// Whether we unpack the samples ourselves, and as what.
bool mode_of(const Layout& layout, ImageMode& mode) {
  const int extra = layout.samples - colors_of(layout.photometric), bits = layout.bits;
  const bool small = bits == 1 || bits == 2 || bits == 4;
  if (!layout.plain || extra < 0 || (!small && bits != 8 && bits != 16) || (small && layout.samples > 1)) return false;
  const bool has_alpha = extra > 0 && layout.alpha != EXTRASAMPLE_UNSPECIFIED;
  switch (layout.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
      mode = bits == 1 ? ImageMode::bilevel : bits == 16 ? ImageMode::i16 : has_alpha ? ImageMode::la : ImageMode::l;
      return bits != 16 || extra == 0;
    case PHOTOMETRIC_PALETTE: mode = ImageMode::palette; return bits <= 8 && extra == 0;
    case PHOTOMETRIC_RGB: mode = has_alpha ? ImageMode::rgba : ImageMode::rgb; return true;
    case PHOTOMETRIC_SEPARATED: mode = ImageMode::cmyk; return true;
    default: return false;
  }
}

// All rows of one plane, `row_size` bytes each, as the file packs them.
std::vector<std::uint8_t> read_plane(const TiffFile& file, const Layout& layout, std::uint16_t plane,
                                     std::size_t row_size) {
  TIFF* tiff = file.get();
  std::vector<std::uint8_t> rows(row_size * static_cast<std::size_t>(layout.height));
  if (TIFFIsTiled(tiff) == 0) {
    if (static_cast<std::size_t>(TIFFScanlineSize64(tiff)) != row_size) file.fail("rows of an unexpected size");
    for (std::uint32_t y = 0; y < layout.height; ++y) {
      if (TIFFReadScanline(tiff, rows.data() + y * row_size, y, plane) < 0) file.fail("broken or cut short");
    }
    return rows;
  }
  const std::size_t tile_width = file.field<std::uint32_t>(TIFFTAG_TILEWIDTH);
  const std::size_t tile_height = file.field<std::uint32_t>(TIFFTAG_TILELENGTH);
  const std::size_t tile_row = TIFFTileRowSize64(tiff), tile_size = TIFFTileSize64(tiff);
  const std::size_t width = static_cast<std::size_t>(layout.width), height = static_cast<std::size_t>(layout.height);
  const std::size_t bits = static_cast<std::size_t>(layout.bits * layout.samples / layout.planes);
  // A tile may not be much larger than the picture that it covers.
  if (tile_width == 0 || tile_height == 0 || tile_width * bits % 8 != 0 || tile_row != tile_width * bits / 8 ||
      tile_size != tile_row * tile_height || tile_size > rows.size() * 4 + (std::size_t{64} << 20)) {
    file.fail("tiles of an impossible size");
  }
  std::vector<std::uint8_t> tile(tile_size);
  for (std::size_t y = 0; y < height; y += tile_height) {
    for (std::size_t x = 0; x < width; x += tile_width) {
      if (TIFFReadTile(tiff, tile.data(), static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), 0, plane) < 0) {
        file.fail("broken or cut short");
      }
      const std::size_t begin = x * bits / 8, size = std::min(tile_row, row_size - begin);
      for (std::size_t i = 0; i < std::min(tile_height, height - y); ++i) {
        std::memcpy(&rows[(y + i) * row_size + begin], &tile[i * tile_row], size);
      }
    }
  }
  return rows;
}

// One sample, scaled to 8 bits (but not a palette's index); libtiff has put 16-bit ones into native order.
std::uint8_t sample_at(const std::uint8_t* row, std::size_t place, int bits, bool scale) {
  if (bits == 8) return row[place];
  if (bits == 16) {
    std::uint16_t wide;
    std::memcpy(&wide, row + 2 * place, 2);
    return static_cast<std::uint8_t>(wide >> 8);
  }
  const std::size_t bit = place * static_cast<std::size_t>(bits);
  const int most = (1 << bits) - 1, value = row[bit / 8] >> (8 - bits - static_cast<int>(bit % 8)) & most;
  return static_cast<std::uint8_t>(scale ? value * 255 / most : value);
}

void read_samples(const TiffFile& file, const Layout& layout, Image& image) {
  const auto per_row = static_cast<std::size_t>(layout.samples / layout.planes);
  const std::size_t width = static_cast<std::size_t>(layout.width);
  const std::size_t row_size = (width * per_row * static_cast<std::size_t>(layout.bits) + 7) / 8;
  const auto channels = static_cast<std::size_t>(channels_of(image.mode));
  const bool inverted = layout.photometric == PHOTOMETRIC_MINISWHITE, scale = image.mode != ImageMode::palette;
  for (std::size_t plane = 0; plane < (layout.planes > 1 ? channels : 1); ++plane) {
    const auto rows = read_plane(file, layout, static_cast<std::uint16_t>(plane), row_size);
    if (image.mode == ImageMode::i16) {
      std::memcpy(image.pixels.data(), rows.data(), image.pixels.size());
      return;
    }
    for (std::size_t i = 0; i < width * static_cast<std::size_t>(layout.height); ++i) {
      const std::uint8_t* row = rows.data() + i / width * row_size;
      for (std::size_t c = 0; c < (layout.planes > 1 ? 1 : channels); ++c) {
        const std::uint8_t value = sample_at(row, i % width * per_row + c, layout.bits, scale);
        image.pixels[i * channels + plane + c] = inverted && c == 0 ? static_cast<std::uint8_t>(255 - value) : value;
      }
    }
  }
}

// Files may hold colours already multiplied by alpha; Pillow divides them as it reads.
void divide_by_alpha(Image& image) {
  const std::size_t channels = bytes_per_pixel(image.mode);
  for (std::size_t i = 0; i < image.pixels.size(); i += channels) {
    const int alpha = image.pixels[i + channels - 1];
    for (std::size_t c = i; c < i + channels - 1; ++c) {
      image.pixels[c] = static_cast<std::uint8_t>(alpha == 0 ? 0 : std::min(255, 255 * image.pixels[c] / alpha));
    }
  }
}

void read_palette(const TiffFile& file, Image& image, int bits) {
  const std::uint16_t* channels[3] = {};
  if (TIFFGetField(file.get(), TIFFTAG_COLORMAP, &channels[0], &channels[1], &channels[2]) == 0) {
    file.fail("no palette");
  }
  image.palette = grey_palette();
  for (std::size_t i = 0; i < std::size_t{1} << bits; ++i) {
    for (std::size_t c = 0; c < 3; ++c) image.palette[i * 3 + c] = static_cast<std::uint8_t>(channels[c][i] >> 8);
  }
}

// Whatever has no layout of ours: YCbCr, Lab, floats.
Image read_by_libtiff(const TiffFile& file, const Layout& layout, std::string_view name, const DecodeOptions& options) {
  Image image = make_image(layout.width, layout.height, ImageMode::rgb, name, options);
  std::vector<std::uint32_t> raster(image.pixels.size() / 3);
  // Told that the picture must come out as it is stored: turning it is done by its orientation later.
  const auto orientation = file.field<std::uint16_t>(TIFFTAG_ORIENTATION);
  if (TIFFReadRGBAImageOriented(file.get(), static_cast<std::uint32_t>(layout.width),
                                static_cast<std::uint32_t>(layout.height), raster.data(), orientation, 1) == 0) {
    file.fail("broken, cut short or of a kind that is not read");
  }
  for (std::size_t i = 0; i < raster.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) image.pixels[i * 3 + c] = static_cast<std::uint8_t>(raster[i] >> (8 * c));
  }
  return image;
}

}  // namespace

Image decode_tiff(Bytes bytes, std::string_view name, const DecodeOptions& options) {
  const TiffFile file(bytes, name);
  Layout layout = layout_of(file);
  check_size(layout.width, layout.height, name, options);
  if (layout.photometric == PHOTOMETRIC_YCBCR && layout.compression == COMPRESSION_JPEG && layout.planes == 1) {
    TIFFSetField(file.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    layout.photometric = PHOTOMETRIC_RGB;
  }
  ImageMode mode{};
  if (!mode_of(layout, mode)) return read_by_libtiff(file, layout, name, options);
  Image image = make_image(layout.width, layout.height, mode, name, options);
  if (mode == ImageMode::palette) read_palette(file, image, layout.bits);
  read_samples(file, layout, image);
  if (mode == ImageMode::rgba && layout.alpha == EXTRASAMPLE_ASSOCALPHA) divide_by_alpha(image);
  return image;
}

}  // namespace cnclip

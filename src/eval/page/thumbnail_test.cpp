#include "eval/page/thumbnail.h"

#include <gtest/gtest.h>

#include "image/encode_jpeg.h"

namespace cnclip {
namespace {

TEST(Thumbnail, IsASmallPicture) {
  const Image red{300, 40, ImageMode::rgb, std::vector<std::uint8_t>(std::size_t{300} * 40 * 3, 200), {}};
  const std::string jpeg = encode_jpeg(red, 90);
  const std::string address = thumbnail(std::as_bytes(std::span(jpeg)), "red.jpg");
  EXPECT_TRUE(address.starts_with("data:image/jpeg;base64,/9j/")) << address.substr(0, 40);
  EXPECT_LT(address.size(), 4000u);
}

TEST(Thumbnail, OfWhatIsNoPictureIsEmpty) {
  EXPECT_EQ(thumbnail({}, "empty.jpg"), "");
  const std::string text = "no picture";
  EXPECT_EQ(thumbnail(std::as_bytes(std::span(text)), "text.jpg"), "");
}

}  // namespace
}  // namespace cnclip

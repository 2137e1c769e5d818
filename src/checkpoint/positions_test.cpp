#include "checkpoint/safetensors.h"
#include "checkpoint/save.h"
#include "checkpoint/test_files.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

Tensor table(std::int64_t rows, std::int64_t width) {
  Tensor made = Tensor::allocate(DType::f32, {rows, width});
  for (std::size_t i = 0; i < made.mutable_data<float>().size(); ++i) {
    made.mutable_data<float>()[i] = static_cast<float>(i * i % 17);
  }
  return made;
}

TEST(Positions, TheSameGridIsTheIdentity) {
  const Tensor from = table(10, 3), same = resize_positions(from, 3);
  EXPECT_TRUE(std::equal(from.data<float>().begin(), from.data<float>().end(), same.data<float>().begin()));
}

TEST(Positions, TheFirstRowAndTheCornersStay) {
  const Tensor from = table(10, 2);
  for (const std::int64_t side : {2, 5, 7}) {
    const Tensor to = resize_positions(from, side);
    ASSERT_EQ(to.shape(), (Shape{side * side + 1, 2}));
    const std::int64_t rows[][2] = {{0, 0}, {1, 1}, {side, 3}, {side * (side - 1) + 1, 7}, {side * side, 9}};
    for (const auto& [there, here] : rows) {
      for (std::int64_t c = 0; c < 2; ++c) {
        EXPECT_FLOAT_EQ(to.data<float>()[static_cast<std::size_t>(there * 2 + c)],
                        from.data<float>()[static_cast<std::size_t>(here * 2 + c)]);
      }
    }
  }
}

// Halfway between places the cubic with a = -0.75 weighs -3/32, 19/32, 19/32, -3/32; beyond the edge the edge repeats.
TEST(Positions, BetweenPlacesTheCubicOfPyTorch) {
  Tensor from = Tensor::allocate(DType::f32, {10, 1});
  const auto set = [&](std::size_t row, float value) { from.mutable_data<float>()[1 + row] = value; };
  for (std::size_t y = 0; y < 3; ++y) {
    set(3 * y, 1);
    set(3 * y + 1, 2);
    set(3 * y + 2, 4);
  }
  const Tensor to = resize_positions(from, 5);
  EXPECT_FLOAT_EQ(to.data<float>()[1 + 1], (-3 * 1 + 19 * 1 + 19 * 2 - 3 * 4) / 32.0f);
  EXPECT_FLOAT_EQ(to.data<float>()[1 + 3], (-3 * 1 + 19 * 2 + 19 * 4 - 3 * 4) / 32.0f);
}

// The tables of `to` when its image tower starts from tensors of `from`.
TensorMap start_from(const TestFolder& folder, const ModelConfig& from, const ModelConfig& to,
                     const Tensor& positions) {
  TensorMap visual;
  for (const auto& [name, tensor] : initial_weights(from, 1)) {
    if (name.starts_with("visual.")) visual.set(name, tensor);
  }
  visual.set(std::holds_alternative<VitConfig>(from.vision) ? "visual.positional_embedding"
                                                            : "visual.attnpool.positional_embedding",
             positions);
  write_safetensors(folder / "v.safetensors", visual, {});
  return initial_checkpoint(to, 1, folder / "v.safetensors", {}).weights;
}

TEST(Positions, OfAnotherGridAreResizedWhenAModelStartsFromThem) {
  const TestFolder folder;
  ModelConfig larger = small_vit();
  larger.image_size = 56;
  const Tensor positions = table(17, 64), wanted = resize_positions(positions, 7);
  const Tensor got = start_from(folder, small_vit(), larger, positions).at("visual.positional_embedding").load();
  ASSERT_EQ(got.shape(), wanted.shape());
  EXPECT_TRUE(std::equal(got.data<float>().begin(), got.data<float>().end(), wanted.data<float>().begin()));
}

TEST(Positions, OfNoSquareGridAndOfAttentionPoolsAreNotResized) {
  const TestFolder folder;
  EXPECT_TRUE(
      mentions(error_of([&] { start_from(folder, small_vit(), small_vit(), table(16, 64)); }), "shape (16, 64)"));
  ModelConfig larger = small_resnet();
  larger.image_size = 64;
  EXPECT_TRUE(mentions(error_of([&] { start_from(folder, small_resnet(), larger, table(2, 128)); }), "shape (2, 128)"));
}

}  // namespace
}  // namespace cnclip

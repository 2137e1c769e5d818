// What the tests of this folder share.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/file.h"
#include "base/test_folder.h"
#include "checkpoint/tensor_file.h"
#include "cnclip/error.h"
#include "model/config.h"

namespace cnclip {

// The message of the bad_input that `call` must throw.
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::bad_input) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

// Not write_file, and not over the old file: thousands of these would wait for the disk each time.
inline void put_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline bool mentions(std::string_view message, std::string_view part) {
  return message.find(part) != std::string_view::npos;
}

inline std::string error_of_bytes(const TestFolder& folder, std::string_view bytes) {
  put_bytes(folder / "bytes.bin", bytes);
  return error_of([&] { read_tensor_file(folder / "bytes.bin"); });
}

// Reads the bytes and loads all they hold. Error is fine, a crash is what the caller looks for.
inline bool reads(const TestFolder& folder, std::string_view bytes) {
  put_bytes(folder / "bytes.bin", bytes);
  try {
    for (const auto& [name, tensor] : read_tensor_file(folder / "bytes.bin").tensors) {
      EXPECT_EQ(tensor.load().bytes().size(), byte_count(tensor.dtype, tensor.shape)) << name;
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

// Models with every kind of tensor and few of them.
inline ModelConfig small_vit() {
  ModelConfig config{"small", 24, 32, VitConfig{2, 64, 8}, {}};
  config.text = {.vocab_size = 30, .layers = 2, .hidden_size = 64, .heads = 1, .intermediate_size = 96};
  config.text.max_positions = 16;
  return config;
}
inline ModelConfig small_resnet() {
  ModelConfig config = small_vit();
  config.vision = ResNetConfig{{1, 2, 1, 1}, 4};
  return config;
}

inline void expect_same(const TensorMap& a, const TensorMap& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) {
    ASSERT_TRUE(b.contains(name)) << name;
    const Tensor x = tensor.load(), y = b.at(name).load();
    EXPECT_EQ(x.dtype(), y.dtype()) << name;
    EXPECT_EQ(x.shape(), y.shape()) << name;
    EXPECT_TRUE(std::equal(x.bytes().begin(), x.bytes().end(), y.bytes().begin(), y.bytes().end())) << name;
  }
}

}  // namespace cnclip

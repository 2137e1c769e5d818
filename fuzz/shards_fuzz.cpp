// Any bytes as the index of a sharded checkpoint, with two shards beside it.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "checkpoint/safetensors.h"
#include "cnclip/error.h"

namespace {

namespace fs = std::filesystem;
using namespace cnclip;

// A folder in memory where there is one.
class Folder {
 public:
  Folder() : path_((fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path()) / name()) {
    fs::create_directories(path_);
    const auto numbers = [](Shape shape) { return LazyTensor(Tensor::allocate(DType::f32, std::move(shape))); };
    TensorMap first, second;
    first.set("a", numbers({2}));
    first.set("b", numbers({1, 3}));
    second.set("b", numbers({}));
    second.set("c", numbers({0}));
    write_safetensors(path_ / "1.safetensors", first, {{"k", "v"}});
    write_safetensors(path_ / "2.safetensors", second, {});
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path index() const { return path_ / "model.safetensors.index.json"; }

 private:
  static std::string name() { return "cnclip-shards-" + std::to_string(::getpid()); }
  fs::path path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  std::ofstream(folder.index(), std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    for (const auto& [name, tensor] : read_tensor_file(folder.index()).tensors) {
      if (tensor.load().shape() != tensor.shape) std::abort();
    }
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) std::abort();
  }
  return 0;
}

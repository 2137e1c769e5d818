#include "engine/torch/simulated/simulated_device.h"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <new>
#include <set>

namespace cnclip {
namespace {

constexpr c10::DeviceType kType = c10::DeviceType::PrivateUse1;
constexpr c10::DispatchKey kKey = c10::DispatchKey::PrivateUse1;

std::atomic<std::int64_t> kernels, to_device, from_device;

// While one lives, this thread runs a kernel, and what is copied is the kernel's own affair.
class Kernel {
 public:
  Kernel() {
    ++kernels;
    ++depth;
  }
  ~Kernel() { --depth; }
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  static bool is_running() { return depth > 0; }

 private:
  static thread_local int depth;
};
thread_local int Kernel::depth = 0;

// A block of memory, whole pages.
struct Block {
  void* begin = nullptr;
  std::size_t bytes = 0;
  std::mutex mutex;
  int users = 0;  // that may touch it now

  explicit Block(std::size_t wanted) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    bytes = (std::max<std::size_t>(wanted, 1) + page - 1) / page * page;
    begin = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (begin == MAP_FAILED) throw std::bad_alloc();
  }
  ~Block() { munmap(begin, bytes); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  void open() {
    const std::scoped_lock lock(mutex);
    if (users++ == 0) mprotect(begin, bytes, PROT_READ | PROT_WRITE);
  }
  void close() {
    const std::scoped_lock lock(mutex);
    if (--users == 0) mprotect(begin, bytes, PROT_NONE);
  }
};

class SimulatedMemory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    auto* block = new Block(bytes);
    return {block->begin, block, &free, c10::Device(kType, 0)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void*, const void*, std::size_t) const override { TORCH_CHECK(false, "not of this device"); }

 private:
  static void free(void* block) { delete static_cast<Block*>(block); }
};

SimulatedMemory memory;

// A tensor of either side as the host sees it, for as long as this object lives.
class HostView {
 public:
  explicit HostView(const at::Tensor& tensor) : seen_(tensor) {
    if (tensor.device().type() != kType) return;
    block_ = static_cast<Block*>(tensor.storage().data_ptr().get_context());
    block_->open();
    seen_ = at::from_blob(tensor.unsafeGetTensorImpl()->mutable_data(), tensor.sizes(), tensor.strides(),
                          tensor.options().device(at::kCPU));
  }
  ~HostView() {
    if (block_ != nullptr) block_->close();
  }
  HostView(const HostView&) = delete;
  HostView& operator=(const HostView&) = delete;
  const at::Tensor& operator*() const { return seen_; }

 private:
  Block* block_ = nullptr;
  at::Tensor seen_;
};

at::Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<at::ScalarType> type,
                         std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(sizes, strides, &memory, c10::DispatchKeySet(kKey),
                                           type.value_or(at::kFloat));
}

at::Tensor empty(at::IntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(sizes, &memory, c10::DispatchKeySet(kKey), type.value_or(at::kFloat), format);
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool) {
  const bool is_ours = from.device().type() == kType, becomes_ours = to.device().type() == kType;
  if (!Kernel::is_running()) {
    ++(is_ours ? becomes_ours ? kernels : from_device : to_device);
  }
  const HostView source(from), target(to);
  (*target).copy_(*source);
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  if (from.sizes() != to.sizes()) {
    const at::Tensor fresh = at::empty(from.sizes(), to.options());
    to.unsafeGetTensorImpl()->set_storage_keep_dtype(fresh.storage());
    to.unsafeGetTensorImpl()->set_sizes_contiguous(from.sizes());
  }
  return copy_from(from, to, false);
}

at::Scalar single_value(const at::Tensor& tensor) {
  ++from_device;
  return (*HostView(tensor)).item();
}

// CUDA's kernels take places on the host too, and numbers.
bool may_stay_on_host(const at::Tensor& tensor, const std::string& operation) {
  return tensor.dim() == 0 || operation == "aten::index" || operation == "aten::_index_put_impl_";
}

void check_side(const at::Tensor& tensor, const std::string& operation) {
  TORCH_CHECK(!tensor.defined() || tensor.device().type() == kType || may_stay_on_host(tensor, operation), operation,
              ": a tensor of the host, ", tensor.sizes(), ", among those of the device");
}

// What CUDA's kernels refuse and the CPU's do not.
void check_types(const c10::OperatorHandle& op, const torch::jit::Stack& stack) {
  if (op.operator_name().name != "aten::native_layer_norm") return;
  const at::Tensor input = stack[stack.size() - 5].toTensor(), weight = stack[stack.size() - 3].toTensor();
  TORCH_CHECK(weight.scalar_type() == input.scalar_type(), "layer norm: ", weight.scalar_type(), " beside ",
              input.scalar_type());
}

void run_kernel(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const std::string& name = op.operator_name().name;
  const std::size_t arguments = op.schema().arguments().size();
  for (std::size_t i = stack->size() - arguments; i < stack->size(); ++i) {
    const c10::IValue& value = (*stack)[i];
    if (value.isTensor()) check_side(value.toTensor(), name);
    if (value.isTensorList()) {
      for (const at::Tensor& tensor : value.toTensorVector()) check_side(tensor, name);
    }
  }
  check_types(op, *stack);
  const Kernel kernel;
  at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
}

// The two that LibTorch gives no way to the CPU for.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                       at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                       at::IntArrayRef output_padding, std::int64_t groups) {
  TORCH_CHECK(!bias || !bias->defined(), "simulated device: a convolution's bias");
  check_side(x, "convolution");
  check_side(weight, "convolution");
  const Kernel kernel;
  return at::convolution(*HostView(x), *HostView(weight), {}, stride, padding, dilation, transposed, output_padding,
                         groups)
      .to(x.device());
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(const at::Tensor& gradient, const at::Tensor& x,
                                                                    const at::Tensor& weight, at::IntArrayRef stride,
                                                                    at::IntArrayRef padding, at::IntArrayRef dilation,
                                                                    bool transposed, at::IntArrayRef output_padding,
                                                                    std::int64_t groups, std::array<bool, 3> wanted) {
  for (const auto* tensor : {&gradient, &x, &weight}) check_side(*tensor, "convolution_backward");
  const Kernel kernel;
  const auto [of_x, of_weight, of_bias] =
      at::convolution_backward(*HostView(gradient), *HostView(x), *HostView(weight), {}, stride, padding, dilation,
                               transposed, output_padding, groups, {wanted[0], wanted[1], false});
  const auto back = [&](const at::Tensor& made) { return made.defined() ? made.to(x.device()) : made; };
  return {back(of_x), back(of_weight), back(of_bias)};
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&run_kernel>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("empty.memory_format", &empty);
  library.impl("empty_strided", &empty_strided);
  library.impl("_copy_from", &copy_from);
  library.impl("_copy_from_and_resize", &copy_from_and_resize);
  library.impl("_local_scalar_dense", &single_value);
  library.impl("as_strided", &at::native::as_strided_tensorimpl);
  library.impl("convolution_overrideable", &convolution);
  library.impl("convolution_backward_overrideable", &convolution_backward);
  for (const char* whole : {"native_layer_norm", "native_layer_norm_backward"}) {  // one kernel each, as on CUDA
    library.impl(whole, torch::CppFunction::makeFromBoxedFunction<&run_kernel>());
  }
  library.impl("unfold", &at::native::unfold);
  library.impl("view", &at::native::view);
  library.impl("_reshape_alias", &at::native::_reshape_alias);
}

struct Guard final : c10::impl::NoOpDeviceGuardImpl<kType> {
  c10::Device getDevice() const override { return {kType, 0}; }
  c10::Device exchangeDevice(c10::Device) const override { return {kType, 0}; }
  c10::Stream getStream(c10::Device device) const noexcept override {
    return c10::Stream(c10::Stream::DEFAULT, device);
  }
  c10::Stream exchangeStream(c10::Stream stream) const noexcept override { return stream; }
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

// Random numbers are the host's.
struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
    return at::globalContext().defaultGenerator(at::kCPU);
  }
};

}  // namespace

c10::Device simulated_device() {
  static const bool registered = [] {
    c10::register_privateuse1_backend("simulated");
    static Hooks hooks;
    at::RegisterPrivateUse1HooksInterface(&hooks);
    c10::SetAllocator(kType, &memory);
    return true;
  }();
  static_cast<void>(registered);
  return {kType, 0};
}

DeviceWork device_work() {
  return {kernels, to_device, from_device};
}

}  // namespace cnclip

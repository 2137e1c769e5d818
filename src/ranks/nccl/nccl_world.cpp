#include "ranks/nccl/nccl_world.h"

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/cuda/CUDAStream.h>
#include <nccl.h>

#include <cstring>

#include "base/error.h"

namespace cnclip {
namespace {

void check(ncclResult_t result, const char* what) {
  if (result != ncclSuccess) throw_unavailable("NCCL: {}: {}", what, ncclGetErrorString(result));
}

ncclDataType_t type_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat: return ncclFloat;
    case at::kDouble: return ncclDouble;
    case at::kLong: return ncclInt64;
    default: throw_internal("training: {} is not exchanged", toString(tensor.scalar_type()));
  }
}

class NcclWorld final : public World {
 public:
  NcclWorld(World& world, c10::Device device)
      : world_(world), device_(device), streams_(device.type()), later_(streams_.getStreamFromGlobalPool(device)) {
    const c10::Device before = streams_.exchangeDevice(device);
    const ncclUniqueId id = shared_id();
    const ncclResult_t result = ncclCommInitRank(&communicator_, size(), id, rank());
    streams_.setDevice(before);
    check(result, "start");
  }
  ~NcclWorld() override { ncclCommDestroy(communicator_); }
  NcclWorld(const NcclWorld&) = delete;
  NcclWorld& operator=(const NcclWorld&) = delete;

  int rank() const override { return world_.rank(); }
  int size() const override { return world_.size(); }
  int local_rank() const override { return world_.local_rank(); }
  int local_size() const override { return world_.local_size(); }
  int threads() const override { return world_.threads(); }
  double sum(double mine) override { return world_.sum(mine); }
  void abort(int code) override { world_.abort(code); }

  at::Tensor gather(const at::Tensor& mine) override {
    if (mine.device() != device_) return world_.gather(mine);
    const at::Tensor given = mine.contiguous();
    std::vector<std::int64_t> shape = given.sizes().vec();
    shape[0] *= size();
    at::Tensor all = at::empty(shape, given.options());
    check(ncclAllGather(given.const_data_ptr(), all.mutable_data_ptr(), static_cast<std::size_t>(given.numel()),
                        type_of(given), communicator_, handle(streams_.getStream(device_))),
          "gather");
    return all;
  }
  void add(at::Tensor& values) override {
    if (values.device() != device_) return world_.add(values);
    if (!values.is_contiguous()) values = values.contiguous();
    add_on(streams_.getStream(device_), values);
  }

  // On a stream of its own, beside the kernels of the backward pass. NCCL goes on without being asked to: advance() has
  // nothing to do, least of all in `world_`, whose MPI may not be called from the thread of the backward pass.
  void add_later(at::Tensor values) override {
    if (values.device() != device_) return world_.add_later(std::move(values));
    follow(later_, streams_.getStream(device_));
    add_on(later_, values);
    streams_.recordDataPtrOnStream(values.storage().data_ptr(), later_);  // its memory is not used again before
  }
  void wait() override {
    world_.wait();
    follow(streams_.getStream(device_), later_);
  }

 private:
  // Made by rank 0.
  ncclUniqueId shared_id() {
    ncclUniqueId id{};
    if (rank() == 0) check(ncclGetUniqueId(&id), "id");
    static_assert(sizeof id % sizeof(std::int64_t) == 0);
    at::Tensor bytes = at::empty({static_cast<std::int64_t>(sizeof id / sizeof(std::int64_t))}, at::kLong);
    std::memcpy(bytes.mutable_data_ptr(), &id, sizeof id);
    bytes = world_.gather(bytes);
    std::memcpy(&id, bytes.const_data_ptr(), sizeof id);
    return id;
  }

  static cudaStream_t handle(const c10::Stream& stream) { return c10::cuda::CUDAStream(stream).stream(); }

  // What is queued on `second` from now on starts when what is queued on `first` by now is done.
  void follow(const c10::Stream& second, const c10::Stream& first) const {
    c10::Event event(device_.type());
    event.record(first);
    event.block(second);
  }
  void add_on(const c10::Stream& stream, const at::Tensor& values) {
    check(ncclAllReduce(values.const_data_ptr(), values.mutable_data_ptr(), static_cast<std::size_t>(values.numel()),
                        type_of(values), ncclSum, communicator_, handle(stream)),
          "sum");
  }

  World& world_;
  c10::Device device_;
  c10::impl::VirtualGuardImpl streams_;
  c10::Stream later_;
  ncclComm_t communicator_ = nullptr;
};

}  // namespace

std::unique_ptr<World> open_nccl_world(World& world, c10::Device device) {
  return std::make_unique<NcclWorld>(world, device);
}

}  // namespace cnclip

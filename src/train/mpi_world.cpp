#include "train/mpi_world.h"

#include <ATen/ATen.h>
#include <mpi.h>

#include <cstdlib>
#include <limits>

#include "base/error.h"

namespace cnclip {
namespace {

MPI_Datatype type_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat: return MPI_FLOAT;
    case at::kDouble: return MPI_DOUBLE;
    case at::kLong: return MPI_INT64_T;
    default: throw_internal("training: {} is not exchanged", toString(tensor.scalar_type()));
  }
}

int count_of(const at::Tensor& tensor) {
  if (tensor.numel() > std::numeric_limits<int>::max()) {
    throw_internal("training: {} values are too many for one exchange", tensor.numel());
  }
  return static_cast<int>(tensor.numel());
}

class MpiWorld final : public World {
 public:
  MpiWorld() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  ~MpiWorld() override { MPI_Finalize(); }
  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  at::Tensor gather(const at::Tensor& mine) override {
    const at::Tensor given = mine.contiguous();
    std::vector<std::int64_t> shape = given.sizes().vec();
    shape[0] *= size_;
    at::Tensor all = at::empty(shape, given.options());
    MPI_Allgather(given.data_ptr(), count_of(given), type_of(given), all.data_ptr(), count_of(given), type_of(given),
                  MPI_COMM_WORLD);
    return all;
  }
  double sum(double mine) override {
    double total = 0;
    MPI_Allreduce(&mine, &total, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return total;
  }
  void add(at::Tensor& values) override {
    if (!values.is_contiguous()) values = values.contiguous();
    MPI_Allreduce(MPI_IN_PLACE, values.data_ptr(), count_of(values), type_of(values), MPI_SUM, MPI_COMM_WORLD);
  }

 private:
  int rank_ = 0, size_ = 1;
};

}  // namespace

std::unique_ptr<World> open_world() {
  // Set for the processes they start by Open MPI's mpirun, MPICH's, and srun.
  for (const char* started : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}) {
    if (std::getenv(started) != nullptr) return std::make_unique<MpiWorld>();
  }
  return std::make_unique<SingleProcess>();
}

}  // namespace cnclip

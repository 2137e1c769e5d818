#include "ranks/mpi_world.h"

#include <ATen/ATen.h>
#include <mpi.h>
#include <sched.h>

#include <array>
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

// MPI counts in int.
int count_of(const at::Tensor& tensor) {
  constexpr int kMost = std::numeric_limits<int>::max();
  if (tensor.numel() > kMost) {
    throw_usage(
        "training: {} values of one rank are to be exchanged at once, MPI takes at most {}: make the batch of "
        "a rank smaller",
        tensor.numel(), kMost);
  }
  return static_cast<int>(tensor.numel());
}

class MpiWorld final : public World {
 public:
  // An error of MPI itself ends the job with MPI's message, as MPI_ERRORS_ARE_FATAL, the default, has it.
  MpiWorld() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm_dup(MPI_COMM_WORLD, &later_);
    look_at_machine();
  }
  ~MpiWorld() override {
    MPI_Comm_free(&later_);
    MPI_Finalize();
  }
  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return local_rank_; }
  int local_size() const override { return local_size_; }
  int threads() const override { return threads_; }

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

  void add_later(at::Tensor values) override {
    int opened_here = 0;
    MPI_Is_thread_main(&opened_here);
    if (opened_here == 0) throw_internal("training: MPI is called from a thread that did not open it");
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Iallreduce(MPI_IN_PLACE, values.data_ptr(), count_of(values), type_of(values), MPI_SUM, later_, &request);
    requests_.push_back(request);
    under_way_.push_back(std::move(values));
  }
  void advance() override {  // MPI works on what was begun only while it is called
    int done = 0;
    MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done, MPI_STATUSES_IGNORE);
  }
  void wait() override {
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
    requests_.clear();
    under_way_.clear();
  }

  void abort(int code) override {
    MPI_Abort(MPI_COMM_WORLD, code);
    std::_Exit(code);
  }

 private:
  // A core that several ranks of this machine may run on is shared evenly.
  void look_at_machine() {
    MPI_Comm machine = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine);
    MPI_Comm_rank(machine, &local_rank_);
    MPI_Comm_size(machine, &local_size_);
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable) != 0) CPU_ZERO(&usable);
    std::array<int, CPU_SETSIZE> ranks{};  // that may run on each core
    for (std::size_t core = 0; core < ranks.size(); ++core) ranks[core] = CPU_ISSET(core, &usable) ? 1 : 0;
    MPI_Allreduce(MPI_IN_PLACE, ranks.data(), CPU_SETSIZE, MPI_INT, MPI_SUM, machine);
    MPI_Comm_free(&machine);
    double share = 0;
    for (std::size_t core = 0; core < ranks.size(); ++core) {
      if (CPU_ISSET(core, &usable)) share += 1.0 / ranks[core];
    }
    threads_ = std::max(1, static_cast<int>(share + 1e-6));
  }

  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1, threads_ = 1;
  MPI_Comm later_ = MPI_COMM_NULL;  // keeps the order of add_later() apart from that of all else
  std::vector<MPI_Request> requests_;
  std::vector<at::Tensor> under_way_;
};

}  // namespace

std::unique_ptr<World> open_world() {
  // Set for the processes they start by Open MPI's mpirun, MPICH's, and srun. What MPI itself goes by under srun is
  // PMI_RANK and PMI_SIZE (--mpi=pmi2) or PMIX_RANK and PMIX_NAMESPACE (--mpi=pmix); where srun and MPI have no such
  // way in common, every process is rank 0 of 1.
  for (const char* started : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}) {
    if (std::getenv(started) != nullptr) return std::make_unique<MpiWorld>();
  }
  return std::make_unique<SingleProcess>();
}

}  // namespace cnclip

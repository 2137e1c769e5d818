// Processes that mpirun or srun started.
#pragma once

#include <memory>

#include "ranks/world.h"

namespace cnclip {

// MPI's world where the process was started by mpirun or srun, else a single process. At most once in a process; MPI
// ends with the object. When a rank dies, MPI ends the others.
std::unique_ptr<World> open_world();

}  // namespace cnclip

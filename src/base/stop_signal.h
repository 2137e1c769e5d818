// Being asked to stop: SIGINT (Ctrl-C), SIGTERM (Slurm, Kubernetes).
#pragma once

namespace cnclip {

// While it lives, these signals are noted and do nothing else. One at a time in a process.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  int received() const;  // its number, or 0
};

}  // namespace cnclip

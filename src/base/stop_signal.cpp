#include "base/stop_signal.h"

#include <csignal>

namespace cnclip {
namespace {

volatile std::sig_atomic_t noted = 0;
struct sigaction before_interrupt, before_terminate;

void note_signal(int number) {
  noted = number;
}

}  // namespace

StopSignal::StopSignal() {
  noted = 0;
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART | SA_RESETHAND;  // asked twice, it ends at once
  ::sigaction(SIGINT, &action, &before_interrupt);
  ::sigaction(SIGTERM, &action, &before_terminate);
}
StopSignal::~StopSignal() {
  ::sigaction(SIGINT, &before_interrupt, nullptr);
  ::sigaction(SIGTERM, &before_terminate, nullptr);
}
int StopSignal::received() const {
  return noted;
}

}  // namespace cnclip

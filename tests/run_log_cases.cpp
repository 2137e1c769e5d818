// Writes records of a made-up run as a trainer would: run_log_cases FOLDER RESUMED_AT LAST VALUE. Steps after
// RESUMED_AT up to LAST have VALUE as their loss; every second step is validated.
#include <string>

#include "metrics/run_log.h"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::int64_t resumed_at = std::stoll(argv[2]), last = std::stoll(argv[3]);
  cnclip::RunLog log(argv[1], resumed_at);
  for (std::int64_t step = resumed_at + 1; step <= last; ++step) {
    cnclip::TrainRecord record;
    record.stage = "one";
    record.step = record.total_step = step;
    record.steps = last;
    record.batch_size = 64;
    record.loss = std::stod(argv[4]);
    record.logit_scale = 14.25;
    record.step_seconds = 0.5;
    record.data_seconds = 0.125;
    if (step == 3) record.distillation_loss = 1.5;
    log.add(record);
    if (step % 2 == 0) {
      log.add(cnclip::ValidRecord{"one", step, step, 2.5, 0.5, 0.25, {10, 20, 30}, {20, 30, 40}, 1.5});
    }
  }
}

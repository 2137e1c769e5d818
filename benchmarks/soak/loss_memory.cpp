// Memory of the contrastive loss: `loss_memory [BATCH] [WIDTH]`, by default 65,536 pairs of width 512. Prints the
// memory that features and gradients take, what the process held at most beside them, and the time. Ends with 1 when
// that was more than 2 GiB.
#include <ATen/ATen.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "train/contrastive_loss.h"

namespace {

double most_resident_gib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t batch = argc > 1 ? std::stoll(argv[1]) : 65536, width = argc > 2 ? std::stoll(argv[2]) : 512;
  at::manual_seed(1);
  const auto unit = [&] {
    at::Tensor x = at::randn({batch, width});
    return x.div_(x.norm(2, {1}, true));
  };
  const at::Tensor images = unit(), texts = unit();
  const double before = most_resident_gib();
  const auto start = std::chrono::steady_clock::now();
  cnclip::SingleProcess world;
  const cnclip::ContrastiveLoss loss = cnclip::contrastive_loss(images, texts, 4.6052, world);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const double features = 4.0 * static_cast<double>(images.nbytes()) / (1 << 30);  // and as many gradients
  const double beside = most_resident_gib() - before;
  std::printf("loss %.4f, features and gradients %.2f GiB, %.2f GiB more at most than before the loss, %.1f s\n",
              loss.loss, features, beside, seconds.count());
  return beside - features / 2 < 2 ? 0 : 1;
}

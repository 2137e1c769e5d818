// Which parameters a stage trains. Entries of `freeze`:
//
//   "vision"           all of visual.*, as the official --freeze-vision
//   "text"             bert.* and text_projection
//   "embeddings"       the tables and norm of BERT's input
//   "logit_scale", "text_projection"
//   "vision.blocks<k"  the image tower up to its block k (of a ResNet: stage); with k = 0 what comes before the blocks
//   "text.blocks<k"    the text tower up to its layer k, embeddings included
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"

namespace cnclip {

class Freeze {
 public:
  // Throws usage, naming the entry, for one that is none of the above or asks for more blocks than there are.
  Freeze(const std::vector<std::string>& entries, const ModelConfig& config);

  bool frozen(std::string_view parameter) const;  // an official name

  // The share of a tower's blocks that no gradient passes; 1: the tower is locked.
  double vision_share() const { return share(vision_blocks_, vision_of_); }
  double text_share() const { return share(text_blocks_, text_of_); }
  bool vision_locked() const { return vision_blocks_ > vision_of_; }
  bool text_locked() const { return text_blocks_ > text_of_; }

 private:
  static double share(int blocks, int of) {
    return blocks < 0 ? 0 : blocks > of ? 1 : static_cast<double>(blocks) / of;
  }

  bool resnet_, embeddings_ = false, logit_scale_ = false, text_projection_ = false;
  int vision_of_, text_of_;                    // blocks there are
  int vision_blocks_ = -1, text_blocks_ = -1;  // that are frozen; -1: not even what comes before; of + 1: all of it
};

}  // namespace cnclip

#include "data/verify.h"

#include <algorithm>

#include "base/error.h"
#include "base/ordered_pipeline.h"
#include "base/threads.h"
#include "cnclip/image.h"
#include "data/formats/fingerprint.h"
#include "text/utf8.h"

namespace cnclip {
namespace {

constexpr std::size_t kWindow = 64;

struct Checked {
  std::string id, where, error;
  bool undecodable = false;
};

Checked decoded(Sample sample) {
  Checked checked{sample.id, sample.where, sample.error};
  if (!checked.error.empty() || is_address(sample)) return checked;
  try {
    decode_image(std::as_bytes(std::span(sample.bytes)), fmt::format("{}: image {}", checked.where, checked.id));
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) throw;
    checked.error = error.what();
    checked.undecodable = true;
  }
  return checked;
}

class Verification {
 public:
  Verification(const Dataset& dataset, const FaultSink& sink) : dataset_(dataset), sink_(sink) {}

  VerifyReport run() {
    // A container that breaks off ends its part, not the others.
    for (const auto& part : {&Verification::containers, &Verification::images, &Verification::texts}) {
      try {
        (this->*part)();
      } catch (const Error& error) {
        if (error.category() != ErrorCategory::bad_input) throw;
        fault(error.what());
      }
    }
    report_.images_without_texts = image_ids_.size() - with_texts_.size();
    return report_;
  }

 private:
  void fault(const std::string& what) {
    ++report_.faults;
    if (sink_) sink_(what);
  }

  void containers() {
    dataset_.check([&](const std::string& what) { fault(what); });
  }

  void images() {
    const auto source = dataset_.images();
    const int workers = thread_count();
    OrderedPipeline<Sample, Checked> pipeline(
        workers, kWindow, [&] { return source->next(); }, decoded);
    while (const auto image = pipeline.next()) {
      ++report_.images;
      if (!image->error.empty()) fault(image->error);
      report_.undecodable += image->undecodable ? 1 : 0;
      if (!is_utf8(image->id)) fault(fmt::format("{}: the image id is not UTF-8", image->where));
      if (!image_ids_.insert(image->id) && (image->error.empty() || image->undecodable)) {
        fault(fmt::format("{}: the image id {} was there before", image->where, image->id));
      }
    }
  }

  void texts() {
    FingerprintSet text_ids;
    const auto source = dataset_.texts();
    while (const auto text = source->next()) {
      ++report_.texts;
      if (!text->error.empty()) {
        fault(text->error);
        continue;
      }
      if (!text_ids.insert(text->id.text)) {
        fault(fmt::format("{}: the text id {} was there before", text->where, text->id.text));
      }
      report_.texts_without_images += text->image_ids.empty() ? 1 : 0;
      report_.pairs += text->image_ids.size();
      check_images_of(*text);
    }
  }

  void check_images_of(const Text& text) {
    for (auto id = text.image_ids.begin(); id != text.image_ids.end(); ++id) {
      const Fingerprint print = fingerprint(id->text);
      if (!image_ids_.contains(print)) {
        fault(fmt::format("{}: text {} names image {}, which is not there", text.where, text.id.text, id->text));
      } else {
        with_texts_.insert(print);
      }
      if (std::find(text.image_ids.begin(), id, *id) != id) {
        fault(fmt::format("{}: text {} names image {} twice", text.where, text.id.text, id->text));
      }
    }
  }

  const Dataset& dataset_;
  const FaultSink& sink_;
  FingerprintSet image_ids_, with_texts_;
  VerifyReport report_;
};

}  // namespace

VerifyReport verify_dataset(const Dataset& dataset, const FaultSink& fault) {
  return Verification(dataset, fault).run();
}

}  // namespace cnclip

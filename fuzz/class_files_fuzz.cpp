// Any bytes as each of the text files of a classification data set: what is read keeps its promises.
#include <cstdlib>

#include "cnclip/error.h"
#include "eval/classification/class_folder.h"
#include "eval/classification/prompts.h"
#include "memory_file.h"

namespace {

using namespace cnclip::classification;

constexpr std::size_t kClasses = 12, kImages = 4;

void require(bool held) {
  if (!held) std::abort();
}

void read_labels_of(const std::filesystem::path& file) {
  for (const std::string& label : read_labels(file, false)) require(!label.empty());
}

void read_list_of(const std::filesystem::path& file) {
  for (const LabelledImage& image : read_image_list(file, kClasses)) {
    require(!image.classes.empty());
    for (const int number : image.classes) require(number >= 0 && number < static_cast<int>(kClasses));
  }
}

void read_order_of(const std::filesystem::path& file) {
  std::size_t sum = 0;
  for (const std::size_t place : read_submission_order(file, kImages)) sum += place;
  require(sum == kImages * (kImages - 1) / 2);
}

void read_templates_of(const std::filesystem::path& file) {
  for (const PromptTemplate& prompt : read_templates(file)) {
    require((prompt.before + prompt.after).find("{}") == std::string::npos || prompt.before.ends_with('{'));
    require(prompt.with("猫").size() == prompt.before.size() + prompt.after.size() + 3);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static constexpr void (*kReaders[])(const std::filesystem::path&) = {read_labels_of, read_list_of, read_order_of,
                                                                       read_templates_of};
  const MemoryFile file(data + 1, size - 1);
  try {
    kReaders[data[0] % 4](file.path());
  } catch (const cnclip::Error&) {
  }
  return 0;
}

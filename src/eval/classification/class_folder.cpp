#include "eval/classification/class_folder.h"

#include <algorithm>

#include "base/error.h"
#include "data/formats/image_names.h"

namespace cnclip::classification {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::error_code ignored;
    if (entry.is_directory(ignored)) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

// Pictures anywhere below, as torchvision's ImageFolder orders them.
void add_pictures(const fs::path& below, const fs::path& split, int of_class, std::vector<LabelledImage>& images) {
  const auto first = static_cast<std::ptrdiff_t>(images.size());
  for (const auto& entry : fs::recursive_directory_iterator(below, fs::directory_options::follow_directory_symlink)) {
    std::error_code ignored;
    if (!is_image_name(entry.path().filename().string()) || entry.is_directory(ignored)) continue;
    images.push_back({entry.path().lexically_relative(split).string(), entry.path(), {of_class}});
  }
  const auto place = [](const LabelledImage& image) {
    return std::pair(image.path.parent_path().string(), image.path.filename().string());
  };
  std::sort(images.begin() + first, images.end(),
            [&](const LabelledImage& a, const LabelledImage& b) { return place(a) < place(b); });
}

// The names of their folders make the official script number the classes, so they must be the numbers.
std::vector<LabelledImage> images_by_folder(const fs::path& split, const std::vector<std::string>& labels) {
  const std::size_t classes = labels.size();
  const std::size_t width = classes <= 10 ? 1 : std::max<std::size_t>(3, fmt::formatted_size("{}", classes - 1));
  std::vector<LabelledImage> images;
  const std::vector<fs::path> folders = folders_in(split);
  for (std::size_t i = 0; i < std::max(classes, folders.size()); ++i) {
    const std::string wanted = fmt::format("{:0{}}", i, width);
    if (i >= classes) {
      throw_bad_input("{}: a folder more than label_cn.txt has lines, {}", folders[i].string(), classes);
    }
    if (i >= folders.size()) throw_bad_input("{}: no folder {} for class {}", split.string(), wanted, labels[i]);
    if (folders[i].filename() != wanted) {
      throw_bad_input("{}: where the folder of class {} ({}) should be, {}", folders[i].string(), i, labels[i], wanted);
    }
    const std::size_t before = images.size();
    add_pictures(folders[i], split, static_cast<int>(i), images);
    if (images.size() == before) throw_bad_input("{}: no pictures in this folder", folders[i].string());
  }
  return images;
}

}  // namespace

bool ClassFolder::multi_label() const {
  return std::any_of(images.begin(), images.end(), [](const LabelledImage& image) { return image.classes.size() > 1; });
}

ClassFolder read_class_folder(const fs::path& folder, const std::string& split, bool repeated_names) {
  if (!fs::is_directory(folder)) throw_bad_input("{}: no such folder", folder.string());
  ClassFolder result{folder, split, read_labels(folder / "label_cn.txt", repeated_names), {}};
  const fs::path images = folder / split, list = folder / (split + ".txt");
  try {
    if (fs::exists(list)) {
      result.images = read_image_list(list, result.labels.size());
    } else if (fs::is_directory(images)) {
      result.images = images_by_folder(images, result.labels);
    } else {
      throw_bad_input("{}: no split {}: neither a folder {} nor a list {}", folder.string(), split, images.string(),
                      list.string());
    }
  } catch (const fs::filesystem_error& error) {
    throw_bad_input("{}: cannot list: {}", error.path1().string(), error.code().message());
  }
  return result;
}

}  // namespace cnclip::classification

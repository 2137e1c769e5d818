#include "eval/classification/image_features.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "data/formats/image_files.h"
#include "encode/encode_inputs.h"

namespace cnclip::classification {
LabelledFeatures encode_images(Encoder& encoder, const ClassFolder& folder, bool skip_broken,
                               const Progress& progress) {
  std::vector<ImageFile> files;
  for (const LabelledImage& image : folder.images) files.push_back({image.id, image.path});
  FeatureCollector pictures(encoder.embed_dim(), skip_broken);
  EncodeSettings settings;
  settings.order = PreprocessOrder::rgb_then_resize;
  settings.progress = progress;
  encode_image_source(encoder, *open_image_files(std::move(files)), pictures, settings);
  LabelledFeatures result{folder.images, pictures.take(), pictures.faults()};
  if (result.features.ids.empty()) {
    throw_bad_input("{}: none of its {} pictures can be read: {}", folder.folder.string(), folder.images.size(),
                    result.skipped.front().error);
  }
  // Both are in the order of the data set, and the features are those of some of its images.
  auto next = result.features.ids.begin();
  std::erase_if(result.images, [&](const LabelledImage& image) {
    const bool skipped = next == result.features.ids.end() || *next != image.id;
    if (!skipped) ++next;
    return skipped;
  });
  return result;
}

LabelledFeatures find_features(const FeatureSet& features, const ClassFolder& folder) {
  std::unordered_map<std::string_view, std::int64_t> rows;
  for (std::int64_t i = 0; i < features.count(); ++i) rows.emplace(features.ids[static_cast<std::size_t>(i)], i);
  FeatureCollector found(features.width());
  for (const LabelledImage& image : folder.images) {
    const auto row = rows.find(image.id);
    if (row == rows.end()) throw_bad_input("{}: no features of this picture", image.id);
    found.add(image.id, features.row(row->second));
  }
  return {folder.images, found.take(), {}};
}

}  // namespace cnclip::classification

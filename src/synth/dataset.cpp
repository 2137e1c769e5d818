#include "synth/dataset.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "image/encode_jpeg.h"
#include "synth/draw.h"
#include "synth/lexicon.h"

namespace cnclip::synth {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kJpegQuality = 92;
constexpr int kSceneTries = 100;   // to find a scene that is not there yet
constexpr int kCaptionTries = 12;  // to find a sentence that is true of one picture only
constexpr double kVague = 0.05;    // share of sentences taken as they come

const Lexicon& lexicon_of(Language language) {
  return language == Language::zh ? chinese_lexicon : english_lexicon;
}

Json described(const Object& object, const Lexicon& words) {
  return {{"shape", words.of(object.shape).plain().word},
          {"color", words.of(object.color).plain()},
          {"pattern", words.of(object.pattern).plain().noun},
          {"size", words.of(object.size).plain()}};
}

Json described(const Scene& scene, int image_id, const Lexicon& words) {
  Json json = {{"image_id", image_id}, {"background", words.of(scene.background).plain()}, {"count", scene.count}};
  json["first"] = described(scene.first, words);
  switch (scene.kind) {
    case Kind::single: json["place"] = words.cells[scene.cell].plain(); break;
    case Kind::group: json["layout"] = words.of(scene.layout); break;
    case Kind::pair:
      json["second"] = described(scene.second, words);
      json["first_is"] = words.of(scene.relation);
      break;
  }
  json["held_out"] = held_out(scene);
  return json;
}

Json held_out_combinations(const Lexicon& words) {
  Json all = Json::array();
  for (int shape = 0; shape < kShapes; ++shape) {
    for (int color = 0; color < kColors; ++color) {
      const auto s = static_cast<Shape>(shape);
      const auto c = static_cast<Color>(color);
      if (held_out(s, c)) all.push_back({words.of(c).plain(), words.of(s).plain().word});
    }
  }
  return all;
}

Random random_for(const DatasetOptions& options, int split, std::string_view what, std::size_t index = 0) {
  return Random(options.seed, fmt::format("{} {} {}", kSplits[static_cast<std::size_t>(split)], what, index));
}

class SplitWriter {
 public:
  SplitWriter(const std::filesystem::path& folder, const std::string& split, Language language)
      : words_(lexicon_of(language)),
        images_(folder / (split + "_imgs.tsv")),
        texts_(folder / (split + "_texts.jsonl")),
        scenes_(folder / (split + "_scenes.jsonl")) {}

  void add(const Scene& scene, int image_id, const Image& picture) {
    images_.write(fmt::format("{}\t{}\n", image_id, encode_base64(encode_jpeg(picture, kJpegQuality))));
    scenes_.write(described(scene, image_id, words_).dump() + "\n");
  }
  void add_text(int text_id, const std::string& text, const std::vector<int>& image_ids) {
    texts_.write(fmt::format("{}\n", Json({{"text_id", text_id}, {"text", text}, {"image_ids", image_ids}}).dump()));
  }
  void commit() {
    images_.commit();
    texts_.commit();
    scenes_.commit();
  }

 private:
  const Lexicon& words_;
  AtomicFile images_, texts_, scenes_;
};

SplitReport write_split(const std::filesystem::path& folder, const DatasetOptions& options, int split, int& image_id,
                        int& text_id) {
  const std::vector<Scene> scenes = scenes_of(split, options);
  Truths truths(scenes);
  SplitReport report;
  SplitWriter writer(folder, kSplits[static_cast<std::size_t>(split)], options.language);
  std::vector<std::pair<std::string, std::vector<int>>> texts;  // in order of first appearance
  std::unordered_map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    const Scene& scene = scenes[i];
    Random pixels = random_for(options, split, "picture", i), talk = random_for(options, split, "captions", i);
    const auto placed = place_objects(scene, pixels);
    writer.add(scene, image_id, draw(scene, placed, options.side, pixels));
    for (const Caption& caption : captions_of(scene, truths, talk, options.language)) {
      const auto [entry, fresh] = place.try_emplace(caption.text, texts.size());
      if (fresh) texts.push_back({caption.text, {}});
      texts[entry->second].second.push_back(image_id);
      ++report.captions;
      report.ambiguous += truths.count(scene, caption.claims) > 1 ? 1 : 0;
    }
    report.held_out += held_out(scene) ? 1 : 0;
    ++report.images;
    ++image_id;
  }
  for (const auto& [text, image_ids] : texts) writer.add_text(text_id++, text, image_ids);
  report.texts = texts.size();
  writer.commit();
  return report;
}

}  // namespace

std::vector<Scene> scenes_of(int split, const DatasetOptions& options) {
  Random random = random_for(options, split, "scenes");
  std::vector<Scene> scenes;
  std::unordered_set<std::string> seen;
  for (int i = 0; i < options.images[static_cast<std::size_t>(split)]; ++i) {
    const Novelty novelty = split == 2 && i % 2 == 1 ? Novelty::held_out : Novelty::known;
    Scene scene;
    for (int tries = 0; tries < kSceneTries; ++tries) {
      scene = random_scene(random, novelty);
      if (seen.insert(stated(scene, kAllClaims)).second) break;
    }
    scenes.push_back(scene);
  }
  return scenes;
}

std::vector<Caption> captions_of(const Scene& scene, Truths& truths, Random& random, Language language) {
  std::vector<Caption> captions;
  const int wanted = 1 + below(random, 5);
  while (static_cast<int>(captions.size()) < wanted) {
    const bool vague = random.uniform() < kVague;
    Caption best = random_caption(scene, random, language);
    for (int tries = 0; !vague && tries < kCaptionTries && truths.count(scene, best.claims) > 1; ++tries) {
      Caption other = random_caption(scene, random, language);
      if (truths.count(scene, other.claims) < truths.count(scene, best.claims)) best = std::move(other);
    }
    const bool known = std::any_of(captions.begin(), captions.end(),
                                   [&](const Caption& caption) { return caption.text == best.text; });
    if (!known) captions.push_back(std::move(best));
  }
  return captions;
}

std::array<SplitReport, 3> write_dataset(const std::filesystem::path& folder, const DatasetOptions& options) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw_bad_input("{}: cannot make this folder: {}", folder.string(), failed.message());
  std::array<SplitReport, 3> reports;
  int image_id = 1, text_id = 1;
  Json summary = {{"seed", options.seed},
                  {"side", options.side},
                  {"held_out", held_out_combinations(lexicon_of(options.language))}};
  for (int split = 0; split < 3; ++split) {
    const auto index = static_cast<std::size_t>(split);
    const SplitReport report = reports[index] = write_split(folder, options, split, image_id, text_id);
    summary[kSplits[index]] = {{"images", report.images},
                               {"texts", report.texts},
                               {"captions", report.captions},
                               {"ambiguous_captions", report.ambiguous},
                               {"held_out_images", report.held_out}};
  }
  write_file(folder / "synth.json", summary.dump(2) + "\n");
  return reports;
}

}  // namespace cnclip::synth

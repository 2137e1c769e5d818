#include "data/convert.h"

#include <map>

#include "base/error.h"
#include "base/ordered_pipeline.h"
#include "base/sha256.h"
#include "base/threads.h"
#include "cnclip/image.h"
#include "data/dataset_writers.h"
#include "data/fault_log.h"
#include "data/formats/fingerprint.h"
#include "image/encode_jpeg.h"
#include "text/utf8.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

constexpr int kJpegQuality = 95;
constexpr std::size_t kWindow = 64;  // samples between reading and writing

std::string_view name_of(DataFormat format) {
  return format == DataFormat::shards ? "shards" : format == DataFormat::lmdb ? "lmdb" : "tsv";
}

// What decides the output, as a digest. With `times`, the sources' times of change count too.
std::string recipe_of(const Dataset& dataset, const ConvertSettings& settings, bool times) {
  std::string recipe =
      fmt::format("{} {} {} {}", name_of(settings.format), settings.split,
                  settings.format == DataFormat::shards ? settings.shard_size : 0, settings.image_size);
  for (const fs::path& file : dataset.files()) {
    recipe += fmt::format("\n{} {}", file.filename().string(), fs::file_size(file));
    if (times)
      recipe +=
          fmt::format(" {} {}", fs::absolute(file).string(), fs::last_write_time(file).time_since_epoch().count());
  }
  return sha256_hex(std::as_bytes(std::span(recipe)));
}

struct Input {
  std::uint64_t number;
  Sample sample;
  std::string failure;  // why it could not be re-encoded
};

Input re_encoded(Input input, int size) {
  try {
    const std::size_t area = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    std::vector<std::uint8_t> planes(3 * area);
    decode_preprocess_u8(std::as_bytes(std::span(input.sample.bytes)), input.sample.where, size, planes);
    Image image{size, size, ImageMode::rgb, std::vector<std::uint8_t>(planes.size()), {}};
    for (std::size_t i = 0; i < planes.size(); ++i) image.pixels[i % area * 3 + i / area] = planes[i];
    input.sample.bytes = encode_jpeg(image, kJpegQuality);
    input.sample.base64.clear();
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) throw;
    input.failure = error.what();
  }
  return input;
}

class Conversion {
 public:
  Conversion(const Dataset& dataset, DatasetWriter& writer, FaultLog& faults, int image_size, bool with_captions)
      : dataset_(dataset), writer_(writer), faults_(faults), image_size_(image_size), with_captions_(with_captions) {}

  ConvertReport run() {
    convert_samples();
    convert_texts();
    report_.images_without_texts = report_.images - with_texts_.size();
    report_.errors = faults_.count();
    return report_;
  }

 private:
  void convert_samples() {
    const std::uint64_t done = writer_.inputs_done();
    std::map<std::uint64_t, std::string> failed;
    for (auto& [input, why] : writer_.inputs_failed()) failed.emplace(input, why);

    const auto source = with_captions_ ? dataset_.samples() : dataset_.images();
    std::uint64_t count = 0;
    const int workers = image_size_ > 0 ? thread_count() : 1;
    OrderedPipeline<Input, Input> pipeline(
        workers, kWindow,
        [&]() -> std::optional<Input> {
          auto sample = source->next();
          if (!sample) return {};
          return Input{count++, std::move(*sample), {}};
        },
        [&](Input input) {
          const bool needed = image_size_ > 0 && input.number >= done && input.sample.error.empty();
          return needed ? re_encoded(std::move(input), image_size_) : std::move(input);
        });
    while (auto input = pipeline.next()) {
      const bool is_done = input->number < done;
      if (const auto known = failed.find(input->number); is_done && known != failed.end())
        input->failure = known->second;
      convert(*input, is_done);
    }
    if (report_.images == 0)
      throw_bad_input("{}: no image is left; {} errors", dataset_.files()[0].string(), faults_.count());
  }

  void convert(Input& input, bool is_done) {
    Sample& sample = input.sample;
    if (!sample.error.empty()) return faults_.add(sample.error);
    if (is_address(sample)) {
      throw_bad_input(
          "{}: has an address instead of an image: write a list of them (--to urls) for img2dataset, and "
          "convert the shards it makes",
          sample.where);
    }
    if (!is_utf8(sample.id)) return faults_.add(fmt::format("{}: the image id is not UTF-8", sample.where));
    if (ids_.contains(sample.id)) {
      return faults_.add(fmt::format("{}: the image id {} was there before", sample.where, sample.id));
    }
    if (!input.failure.empty()) {
      if (!is_done) writer_.fail(input.number, input.failure);
      return faults_.add(input.failure);
    }
    try {
      if (!is_done) writer_.add(input.number, sample);
    } catch (const Error& error) {
      if (error.category() != ErrorCategory::usage) throw;
      return faults_.add(error.what());
    }
    ids_.insert(sample.id);
    ++report_.images;
  }

  void convert_texts() {
    const auto texts = dataset_.texts();
    while (auto text = texts->next()) {
      if (!text->error.empty()) {
        faults_.add(text->error);
        continue;
      }
      const bool had_images = !text->image_ids.empty();
      keep_known_images(*text);
      if (had_images && text->image_ids.empty()) continue;
      if (!had_images) ++report_.texts_without_images;
      ++report_.texts;
      report_.pairs += text->image_ids.size();
      writer_.add(*text);
    }
  }

  void keep_known_images(Text& text) {
    std::vector<Id> kept;
    for (Id& id : text.image_ids) {
      const Fingerprint print = fingerprint(id.text);
      if (!ids_.contains(print)) {
        faults_.add(fmt::format("{}: text {} names image {}, which is not there", text.where, text.id.text, id.text));
      } else if (std::find(kept.begin(), kept.end(), id) != kept.end()) {
        faults_.add(fmt::format("{}: text {} names image {} twice", text.where, text.id.text, id.text));
      } else {
        with_texts_.insert(print);
        kept.push_back(std::move(id));
      }
    }
    text.image_ids = std::move(kept);
  }

  const Dataset& dataset_;
  DatasetWriter& writer_;
  FaultLog& faults_;
  int image_size_;
  bool with_captions_;
  FingerprintSet ids_, with_texts_;
  ConvertReport report_;
};

std::unique_ptr<DatasetWriter> make_writer(const fs::path& target, const ConvertSettings& settings,
                                           ConversionJournal& journal) {
  switch (settings.format) {
    case DataFormat::shards: return make_shard_writer(target, settings.split, settings.shard_size, journal);
    case DataFormat::lmdb: return make_lmdb_writer(target);
    case DataFormat::tsv: return make_tsv_writer(target, settings.split);
  }
  throw_internal("data: unknown format");
}

// The output's files, and the temporary ones they grow from.
bool is_tsv_output(const std::string& name, const std::string& prefix) {
  for (const char* each : {"imgs.tsv", "texts.jsonl", "errors.jsonl", "manifest.json", "journal.jsonl.tmp-"}) {
    if (name.starts_with(prefix + each)) return true;
  }
  return false;
}

std::uint64_t total_bytes(const Manifest& manifest) {
  std::uint64_t bytes = 0;
  for (const ManifestFile& file : manifest.files) bytes += file.bytes;
  return bytes;
}

ConvertReport report_of(const Manifest& manifest) {
  ConvertReport report;
  report.images = manifest.images;
  report.texts = manifest.texts;
  report.pairs = manifest.pairs;
  report.errors = manifest.errors;
  report.bytes = total_bytes(manifest);
  report.was_complete = true;
  return report;
}

}  // namespace

ConvertReport convert_dataset(const Dataset& dataset, const fs::path& target, const ConvertSettings& settings) {
  if (settings.split.empty() || settings.split.find('/') != std::string::npos || settings.split.size() > 64) {
    throw_usage("--split {}: a short name without slashes is needed, it becomes part of file names", settings.split);
  }
  const bool shares_folder = settings.format == DataFormat::tsv;  // with other splits
  const std::string prefix = shares_folder ? settings.split + "_" : "";
  const fs::path manifest_path = target / (prefix + "manifest.json");
  const std::string recipe = recipe_of(dataset, settings, false);
  if (fs::exists(manifest_path)) {
    const Manifest manifest = read_manifest(manifest_path);
    if (manifest.recipe != recipe) {
      throw_bad_input("{}: another data set is there already; choose another folder", manifest_path.string());
    }
    fs::remove(target / (prefix + "journal.jsonl"));  // the run was killed between its last two steps
    return report_of(manifest);
  }
  ConversionJournal journal(target, prefix, recipe_of(dataset, settings, true),
                            [&](const std::string& name) { return !shares_folder || is_tsv_output(name, prefix); });
  FaultLog faults(target / (prefix + "errors.jsonl"), settings.max_errors, settings.fault);
  const auto writer = make_writer(target, settings, journal);
  const bool with_captions = settings.format == DataFormat::shards;
  ConvertReport report = Conversion(dataset, *writer, faults, settings.image_size, with_captions).run();
  Manifest manifest{std::string(name_of(settings.format)),
                    settings.split,
                    recipe,
                    report.images,
                    report.texts,
                    report.pairs,
                    report.errors,
                    writer->finish()};
  report.bytes = total_bytes(manifest);
  faults.commit();
  write_file(manifest_path, manifest_json(manifest));
  journal.remove();
  return report;
}

}  // namespace cnclip

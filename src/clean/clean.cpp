#include "clean/clean.h"

#include <algorithm>

#include "checkpoint/load.h"
#include "clean/decide.h"
#include "clean/output.h"
#include "clean/score.h"
#include "clean/shards.h"
#include "clean/text_rules.h"
#include "encode/model_store.h"

namespace cnclip::clean {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRowsAChunk = 16384;
constexpr std::size_t kPicturesAChunk = 32;  // with their bytes, some of them large

// A file, or all that lies below a folder, by name, size and time of change.
std::string identity_of(const fs::path& path) {
  if (!fs::is_directory(path)) {
    return fmt::format("{} {} {}\n", fs::absolute(path).string(), fs::file_size(path),
                       fs::last_write_time(path).time_since_epoch().count());
  }
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(identity_of(entry.path()));
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const std::string& file : files) all += file;
  return all;
}

// What is kept there is good for these rules, and for these files that they are asked about.
fs::path work_folder(const CleanOptions& options, const Rules& rules, const SourceFiles& files) {
  std::string key = read_file(options.rules) + options.split;
  for (const fs::path& file : files.files()) key += identity_of(file);
  if (rules.leakage) {
    for (const std::string& set : rules.leakage->sets) {
      if (!fs::exists(set)) throw_bad_input("{}: no such file or folder", set);
      key += identity_of(set);
    }
  }
  if (rules.score && files.has_pictures()) key += load_checkpoint(resolve_model(rules.score->model)).fingerprint;
  return options.output / fmt::format("work-{:016x}", hash64(key));
}

// Folders of other rules or files, and what a killed run left half written.
void sweep(const fs::path& output, const fs::path& work) {
  for (const auto& entry : fs::directory_iterator(output)) {
    const std::string name = entry.path().filename().string();
    if ((name.starts_with("work-") && entry.path() != work) || name.find(".tmp-") != std::string::npos) {
      fs::remove_all(entry.path());
    }
  }
}

bool lies_in(const fs::path& file, const fs::path& place) {
  const fs::path inner = fs::weakly_canonical(file), outer = fs::weakly_canonical(place);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

class Run {
 public:
  explicit Run(const CleanOptions& options)
      : options_(options),
        rules_(read_rules(options.rules)),
        files_(source_files(options.source, options.split)),
        work_(make_work_folder()),
        rows_(work_, "rows"),
        pictures_(work_, "pictures") {}

  std::optional<Report> run() {
    const Part part = options_.part.value_or(Part{});
    find_row_facts(part);
    if (wants_pictures()) find_picture_facts(part);
    if (options_.part) return {};
    sweep(options_.output, work_);
    EvaluationSets sets;
    if (rules_.leakage) sets = read_evaluation_sets(*rules_.leakage, options_.workers);
    std::optional<Pictures> pictures;
    if (wants_pictures()) pictures.emplace(pictures_, rules_, sets);
    std::vector<std::uint8_t> verdicts = decide(rows_, rules_, pictures ? &*pictures : nullptr, sets);
    if (rules_.score && pictures) drop_by_score(*rules_.score, files_, *pictures, work_, options_.workers, verdicts);
    std::vector<bool> kept_pictures;
    Report report = write_rows(verdicts, pictures, kept_pictures);
    write_report(report);
    if (files_.dataset)
      write_dataset(kept_pictures);
    else if (files_.pictures)
      write_pictures(pictures.has_value(), kept_pictures);
    fs::remove_all(work_);
    return report;
  }

 private:
  // Of an official folder that no rule looks into, the pictures are copied as they are.
  bool wants_pictures() const {
    return files_.dataset || (files_.pictures && (rules_.need_pictures() || rules_.duplicate));
  }
  fs::path kept_rows() const {
    return files_.dataset ? work_ / "texts.jsonl" : options_.output / files_.rows.filename();
  }
  fs::path kept_shards() const { return options_.output / "shards"; }

  fs::path make_work_folder() const {
    const fs::path target = files_.dataset ? kept_shards() : kept_rows();
    for (const fs::path& file : files_.files()) {
      if (lies_in(file, target)) {
        throw_usage("{}: is where the source lies, which would be overwritten", target.string());
      }
    }
    if (files_.dataset && fs::exists(kept_shards()) && !fs::exists(kept_shards() / "manifest.json")) {
      throw_usage("{}: is there already, and is no set of shards that new ones could replace", kept_shards().string());
    }
    const fs::path work = work_folder(options_, rules_, files_);
    std::error_code failed;
    fs::create_directories(work, failed);
    if (failed) throw_bad_input("{}: cannot make this folder: {}", work.string(), failed.message());
    return work;
  }

  void find_row_facts(Part part) {
    const TextRules text_rules(rules_);
    const auto rows = files_.open();
    make_facts<RowFacts, Row>(
        rows_, kRowsAChunk, options_.workers, part, [&] { return rows->next(); }, [&] { return rows->skip(); },
        [&](const Row& row) {
          RowFacts facts;
          facts.caption = hash64(trimmed(row.caption));
          facts.picture = hash64(row.picture);
          const auto dropped = row.broken ? Dropped{Rule::broken} : text_rules.judge(row.caption);
          if (dropped) facts.verdict = static_cast<std::uint32_t>(dropped->rule);
          return facts;
        });
  }

  void find_picture_facts(Part part) {
    const auto images = files_.images();
    make_facts<PictureFacts, ImageItem>(
        pictures_, kPicturesAChunk, options_.workers, part, [&] { return images->next(); },
        [&] { return images->next().has_value(); },
        [&](const ImageItem& item) {
          return rules_.need_pictures() ? judge_picture(item, rules_) : identify_picture(item);
        });
  }

  Report empty_report() const {
    Report report{options_.source.string(), options_.rules.string(), 0, 0, {}, {}};
    for (std::size_t i = 0; i < kRules; ++i) {
      const auto rule = static_cast<Rule>(i);
      if (!rules_.is_on(rule)) continue;
      if (files_.has_pictures() || !looks_at_pictures(rule))
        report.steps.push_back({rule, 0, 0, {}});
      else
        report.not_applied.push_back(rule);
    }
    return report;
  }

  // Writes the rows that the verdicts leave, and counts. Pictures that a row left names stay, and those that no row
  // names and no rule drops.
  Report write_rows(const std::vector<std::uint8_t>& verdicts, const std::optional<Pictures>& pictures,
                    std::vector<bool>& kept_pictures) const {
    Report report = empty_report();
    const auto rows = files_.open();
    const auto writer = files_.has_pictures() ? pair_writer(kept_rows()) : raw_writer(kept_rows(), rows->header());
    AtomicFile dropped_file(options_.output / "dropped.tsv");
    dropped_file.write(std::string_view("row\trule\n"));
    std::vector<bool> named(pictures ? pictures->size() : 0);
    kept_pictures.resize(named.size());
    for (const std::uint8_t verdict : verdicts) {
      const std::optional<Row> row = rows->next();
      if (!row) throw_bad_input("{}: grew shorter while it was read", options_.source.string());
      ++report.rows;
      const bool kept = verdict == kPasses;
      writer->write(*row, kept);
      if (kept)
        ++report.kept;
      else
        note_drop(report, static_cast<Rule>(verdict), *row, dropped_file);
      if (const auto picture = pictures ? pictures->find(hash64(row->picture)) : std::nullopt) {
        named[*picture] = true;
        if (kept) kept_pictures[*picture] = true;
      }
    }
    if (rows->skip()) throw_bad_input("{}: grew longer while it was read", options_.source.string());
    std::size_t left = report.rows;
    for (Step& step : report.steps) {
      step.in = left;
      left -= step.dropped;
    }
    writer->commit();
    dropped_file.commit();
    for (std::size_t i = 0; i < named.size(); ++i) {
      const auto dropped = pictures->verdict(i);
      if (!named[i] && !(dropped && rules_.is_on(*dropped))) kept_pictures[i] = true;
    }
    return report;
  }

  void note_drop(Report& report, Rule rule, const Row& row, AtomicFile& file) const {
    file.write(fmt::format("{}\t{}\n", report.rows, name_of(rule)));
    Step& step = *std::find_if(report.steps.begin(), report.steps.end(), [&](const Step& s) { return s.rule == rule; });
    ++step.dropped;
    if (step.examples.size() == kExamples) return;
    step.examples.push_back({report.rows, row.broken ? row.raw : row.caption, row.picture, {}});
  }

  void write_pictures(bool judged, const std::vector<bool>& kept) const {
    const fs::path to = options_.output / files_.pictures->filename();
    if (judged)
      copy_pictures(*files_.pictures, to, kept);
    else
      fs::copy_file(*files_.pictures, to, fs::copy_options::overwrite_existing);
  }

  // Grows in the work folder, which is for these rules and this source; when it is whole, earlier shards make room.
  void write_dataset(const std::vector<bool>& kept) const {
    const fs::path shards = work_ / "shards", earlier = work_ / "earlier";
    write_shards(*files_.dataset, kept, kept_rows(), options_.split, shards);
    fs::remove_all(earlier);
    if (fs::exists(kept_shards())) fs::rename(kept_shards(), earlier);
    fs::rename(shards, kept_shards());
  }

  void write_report(Report& report) const {
    if (files_.has_pictures()) add_thumbnails(*files_.images(), report);
    write_file(options_.output / "report.html", to_html(report));
    write_file(options_.output / "report.json", to_json(report) + "\n");
  }

  const CleanOptions& options_;
  const Rules rules_;
  const SourceFiles files_;
  const fs::path work_;
  const FactStore<RowFacts> rows_;
  const FactStore<PictureFacts> pictures_;
};

}  // namespace

std::optional<Report> clean(const CleanOptions& options) {
  return Run(options).run();
}

}  // namespace cnclip::clean

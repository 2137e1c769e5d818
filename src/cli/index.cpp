#include "base/error.h"
#include "base/stop_signal.h"
#include "cli/encoder_options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "search/indexing/scan.h"
#include "search/indexing/sending.h"
#include "search/indexing/watch.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// Of every command that indexes.
struct Running {
  bool json = false;

  void add_to(CLI::App& command) {
    command.add_flag("--json", json, "End with one line of figures on standard output");
  }
};

search::UpdateControl control_of(const StopSignal& signal) {
  search::UpdateControl control;
  control.stop = [&signal] { return signal.received() != 0; };
  control.progress = terminal_progress();
  control.warn = [](const std::string& text) { note("cnclip: " + text); };
  return control;
}

double rate_of(const search::UpdateReport& report) {
  return report.seconds > 0 ? static_cast<double>(report.read) / report.seconds : 0;
}

std::string told(const fs::path& index, const search::UpdateReport& report) {
  return fmt::format(
      "{}: {} added ({} of them copies), {} changed, {} moved, {} removed, {} errors; {:.2f} s ({:.1f}/s){}",
      index.string(), report.added, report.duplicates, report.changed, report.moved, report.removed, report.errors,
      report.seconds, rate_of(report),
      report.left > 0 ? fmt::format("; {} still to be read: `cnclip index update` goes on", report.left) : "");
}

Json json_of(const search::UpdateReport& report) {
  return {{"added", report.added},        {"changed", report.changed},       {"moved", report.moved},
          {"removed", report.removed},    {"duplicates", report.duplicates}, {"errors", report.errors},
          {"left", report.left},          {"stopped", report.stopped},       {"seconds", report.seconds},
          {"per_second", rate_of(report)}};
}

void finish(const fs::path& index, const search::UpdateReport& report, const search::UpdateControl& control,
            bool json) {
  if (control.progress && report.read > 0) fmt::print(stderr, "\n");
  note(told(index, report));
  if (json) print_json(json_of(report));
}

void add_create(CLI::App& group) {
  struct Options : Running {
    std::vector<std::string> sources;
    std::string index, decode = "exact";
    search::NewIndex made;
    EncoderOptions encoder;
    bool hidden = false;
  };
  auto* command = group.add_subcommand("create", "A new index of pictures; run again, it goes on");
  auto options = std::make_shared<Options>();
  command
      ->add_option("source", options->sources,
                   "Folders, lists of paths (.txt), tar shards or folders of them, official .tsv or LMDB")
      ->required();
  command->add_option("--model", options->made.model, "Checkpoint file, Hugging Face folder or name")->required();
  command->add_option("-o,--output", options->index, "Folder to be")->required();
  add_engine_options(*command, options->encoder);
  add_precision_option(*command, options->encoder);
  command->add_option("--decode", options->decode, "exact, or fast (scaled JPEG decoding)")
      ->check(CLI::IsMember({"exact", "fast"}));
  command->add_flag("--exif-orientation", options->made.oriented, "Turn pictures as their EXIF says");
  command->add_flag("--hidden", options->hidden, "Files and folders whose names begin with a dot, too");
  command->add_option("--store", options->made.store, "milvus://host[:port][/collection]: a server keeps the vectors");
  options->add_to(*command);
  command->callback([options] {
    options->made.fast_decode = options->decode == "fast";
    for (const std::string& source : options->sources) search::kind_of_source(source);  // before anything is made
    const StopSignal signal;
    const auto control = control_of(signal);
    auto indexer = search::Indexer::create(options->index, options->made, options->encoder);
    for (const std::string& source : options->sources) indexer.add_source(source, options->hidden);
    finish(options->index, indexer.update(control), control, options->json);
  });
}

void add_update(CLI::App& group) {
  struct Options : Running {
    std::string index, model;
    std::vector<std::string> sources, forgotten;
    EncoderOptions encoder;
    bool hidden = false;
  };
  auto* command = group.add_subcommand("update", "What is new, changed, moved and gone");
  auto options = std::make_shared<Options>();
  command->add_option("index", options->index, "Folder of the index")->required();
  command->add_option("source", options->sources, "Further sources");
  command->add_option("--forget", options->forgotten, "Sources whose pictures are to go");
  command->add_option("--model", options->model, "Where the model of the index is now, if it has moved");
  add_engine_options(*command, options->encoder);
  command->add_flag("--hidden", options->hidden, "Of further sources: what begins with a dot, too");
  options->add_to(*command);
  command->callback([options] {
    const StopSignal signal;
    const auto control = control_of(signal);
    search::Indexer indexer(options->index, options->encoder, options->model);
    for (const std::string& source : options->forgotten) indexer.forget_source(source);
    for (const std::string& source : options->sources) indexer.add_source(source, options->hidden);
    finish(options->index, indexer.update(control), control, options->json);
  });
}

void add_watch(CLI::App& group) {
  struct Options : Running {
    std::string index, model;
    search::WatchOptions watch;
    EncoderOptions encoder;
  };
  auto* command = group.add_subcommand("watch", "Update whenever something changes, until it is interrupted");
  auto options = std::make_shared<Options>();
  command->add_option("index", options->index, "Folder of the index")->required();
  command->add_option("--model", options->model, "Where the model of the index is now, if it has moved");
  command->add_option("--settle", options->watch.settle, "Seconds of quiet before changes are looked at")
      ->check(CLI::Range(0.0, 3600.0));
  command
      ->add_option("--every", options->watch.every,
                   "Seconds between looks at what the system does not tell about: network disks, lists, tar files")
      ->check(CLI::Range(0.1, 86400.0));
  add_engine_options(*command, options->encoder);
  command->add_flag("--json", options->json, "A line of figures on standard output for each update");
  command->callback([options] {
    const StopSignal signal;
    const auto control = control_of(signal);
    search::Indexer indexer(options->index, options->encoder, options->model);
    search::watch(indexer, options->watch, control, [&](const search::UpdateReport& report) {
      finish(options->index, report, control, options->json);
      std::fflush(stdout);
    });
  });
}

void add_migrate(CLI::App& group) {
  struct Options : Running {
    std::string index, model;
    EncoderOptions encoder;
    bool drop = false;
  };
  auto* command =
      group.add_subcommand("migrate", "All vectors anew by another model; the old ones answer until all are there");
  auto options = std::make_shared<Options>();
  command->add_option("index", options->index, "Folder of the index")->required();
  auto* model = command->add_option("--model", options->model, "Checkpoint file, Hugging Face folder or name");
  command->add_flag("--drop", options->drop, "End a migration that was begun: the old model stays")->excludes(model);
  add_engine_options(*command, options->encoder);
  add_precision_option(*command, options->encoder);
  options->add_to(*command);
  command->callback([options] {
    if (options->model.empty() && !options->drop) throw_usage("index migrate: --model is required");
    const StopSignal signal;
    const auto control = control_of(signal);
    search::Indexer indexer(options->index, options->encoder);
    if (options->drop) {
      indexer.drop_migration();
      return;
    }
    const search::UpdateReport report = indexer.migrate(options->model, options->encoder, control);
    if (control.progress && report.read > 0) fmt::print(stderr, "\n");
    note(fmt::format("{}: {} pictures encoded; {:.2f} s ({:.1f}/s){}", options->index, report.read, report.seconds,
                     rate_of(report), report.stopped ? fmt::format("; {} left, run it again", report.left) : ""));
    if (options->json) {
      print_json({{"encoded", report.read},
                  {"left", report.left},
                  {"stopped", report.stopped},
                  {"seconds", report.seconds},
                  {"per_second", rate_of(report)}});
    }
  });
}

void add_compact(CLI::App& group) {
  auto* command = group.add_subcommand("compact", "Checks the files of an index, and gives back what they do not need");
  auto index = std::make_shared<std::string>();
  command->add_option("index", *index, "Folder of the index")->required();
  command->callback([index] { search::Indexer(*index, {}).compact(); });
}

void add_tag(CLI::App& group) {
  struct Options {
    std::string index, tag;
    std::vector<std::string> paths;
    bool remove = false;
  };
  auto* command = group.add_subcommand("tag", "Tags for pictures; an indexer may run meanwhile");
  auto options = std::make_shared<Options>();
  command->add_option("index", options->index, "Folder of the index")->required();
  command->add_option("tag", options->tag, "Any text")->required();
  command->add_option("path", options->paths, "Pictures, by their paths or those below their source")->required();
  command->add_flag("--remove", options->remove, "Take the tag away");
  command->callback([options] {
    search::LibraryWriter writer(options->index);
    std::vector<search::Row> rows;
    for (const std::string& path : options->paths) {
      auto row = writer.library().find(fs::absolute(path));
      if (!row) row = writer.library().find(path);
      if (!row) throw_bad_input("{}: is not in this index", path);
      rows.push_back(*row);
    }
    writer.commit([&] {
      for (const search::Row row : rows) {
        if (options->remove)
          writer.untag(row, options->tag);
        else
          writer.tag(row, options->tag);
      }
    });
    search::send_changes(writer);
  });
}

}  // namespace

void add_index(CLI::App& app) {
  auto* group = app.add_subcommand("index", "Pictures, indexed for search");
  group->require_subcommand(1);
  add_create(*group);
  add_update(*group);
  add_watch(*group);
  add_index_info(*group);
  add_compact(*group);
  add_migrate(*group);
  add_tag(*group);
}

}  // namespace cnclip

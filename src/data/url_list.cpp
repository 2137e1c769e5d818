#include "data/url_list.h"

#include "base/error.h"
#include "data/formats/csv.h"

namespace cnclip {
namespace {

using Json = nlohmann::ordered_json;

std::string row_of(const std::string& extension, const std::string& url, const std::string& image_id,
                   const Caption& caption) {
  if (extension == ".jsonl") {
    const Json row = {{"url", url},
                      {"caption", caption.text},
                      {"image_id", json_of(id_from_text(image_id))},
                      {"text_id", json_of(caption.id)}};
    return row.dump() + "\n";
  }
  return csv_line({url, caption.text, image_id, caption.id.text}, extension == ".tsv" ? '\t' : ',');
}

}  // namespace

UrlListReport write_url_list(const Dataset& dataset, const std::filesystem::path& target, FaultLog& faults) {
  const std::string extension = target.extension().string();
  if (extension != ".csv" && extension != ".tsv" && extension != ".jsonl") {
    throw_usage("{}: lists of addresses are written as .csv, .tsv or .jsonl", target.string());
  }
  AtomicFile file(target);
  if (extension != ".jsonl")
    file.write(csv_line({"url", "caption", "image_id", "text_id"}, extension == ".tsv" ? '\t' : ','));
  UrlListReport report;
  const auto samples = dataset.samples();
  while (const auto sample = samples->next()) {
    const auto url = sample->metadata.find("url");
    if (!sample->error.empty()) {
      faults.add(sample->error);
    } else if (url == sample->metadata.end() || !url->is_string()) {
      ++report.without_url;
    } else {
      for (const Caption& caption : sample->captions) {
        file.write(row_of(extension, url->get<std::string>(), sample->id, caption));
        ++report.rows;
      }
    }
  }
  // Rows of tables that cannot be read are faults of their texts.
  const auto texts = dataset.texts();
  while (const auto text = texts->next()) {
    if (!text->error.empty()) faults.add(text->error);
  }
  if (report.rows == 0) throw_bad_input("{}: no image has an address (url)", dataset.files()[0].string());
  faults.commit();
  file.commit();
  return report;
}

}  // namespace cnclip

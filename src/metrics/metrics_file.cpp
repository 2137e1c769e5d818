#include "metrics/metrics_file.h"

#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/lines.h"

namespace cnclip {
namespace {

constexpr std::size_t kMaxLine = 1 << 16;

template <class T, class U>
concept MaybeConst = std::same_as<std::remove_const_t<T>, U>;

// The fields and their names, for writing and for reading.
template <MaybeConst<TrainRecord> Train, class Field>
void for_each_field(Train& record, Field&& field) {
  field("stage", record.stage);
  field("step", record.step);
  field("steps", record.steps);
  field("total_step", record.total_step);
  field("epoch", record.epoch);
  field("batch_size", record.batch_size);
  field("loss", record.loss);
  field("distillation_loss", record.distillation_loss);
  field("word_accuracy", record.word_accuracy);
  field("image_to_text_accuracy", record.image_to_text_accuracy);
  field("text_to_image_accuracy", record.text_to_image_accuracy);
  field("logit_scale", record.logit_scale);
  field("learning_rate", record.learning_rate);
  field("gradient_norm", record.gradient_norm);
  field("loss_scale", record.loss_scale);
  field("skipped", record.skipped);
  field("step_seconds", record.step_seconds);
  field("data_seconds", record.data_seconds);
}

template <MaybeConst<ValidRecord> Valid, class Field>
void for_each_field(Valid& record, Field&& field) {
  field("stage", record.stage);
  field("step", record.step);
  field("total_step", record.total_step);
  field("loss", record.loss);
  field("image_to_text_accuracy", record.image_to_text_accuracy);
  field("text_to_image_accuracy", record.text_to_image_accuracy);
  field("text_to_image", record.text_to_image);
  field("image_to_text", record.image_to_text);
  field("seconds", record.seconds);
  field("word_accuracy", record.word_accuracy);
}

struct Writer {
  nlohmann::ordered_json json;

  template <class T>
  void operator()(const char* name, const T& value) {
    json[name] = value;
  }
  void operator()(const char* name, const std::optional<double>& value) {
    if (value) json[name] = *value;
  }
  void operator()(const char* name, const Recall& recall) {
    json[name] = {{"r1", recall.r1}, {"r5", recall.r5}, {"r10", recall.r10}, {"mean_recall", recall.mean()}};
  }
};

// Looks only, and copies nothing: values may nest deeper than the stack is.
struct Reader {
  const nlohmann::json& json;
  const std::string& place;

  [[noreturn]] void fail(const char* name, const char* need) const {
    throw_bad_input("{}: \"{}\" is not {}", place, name, need);
  }
  const nlohmann::json& at(const char* name) const {
    const auto found = json.find(name);
    if (found == json.end()) throw_bad_input("{}: \"{}\" is missing", place, name);
    return *found;
  }
  void operator()(const char* name, std::string& value) const {
    const auto* text = at(name).get_ptr<const std::string*>();
    if (text == nullptr) fail(name, "a text");
    value = *text;
  }
  void operator()(const char* name, std::int64_t& value) const {
    const nlohmann::json& number = at(name);
    if (!number.is_number_unsigned() ||
        number.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
      fail(name, "a whole number, 0 or more");
    }
    value = number.get<std::int64_t>();
  }
  void operator()(const char* name, double& value) const {
    const nlohmann::json& number = at(name);
    if (!number.is_number() && !number.is_null()) fail(name, "a number or null");
    value = number.is_null() ? std::numeric_limits<double>::quiet_NaN() : number.get<double>();
  }
  void operator()(const char* name, bool& value) const {
    if (!at(name).is_boolean()) fail(name, "true or false");
    value = at(name).get<bool>();
  }
  void operator()(const char* name, std::optional<double>& value) const {
    if (json.contains(name)) (*this)(name, value.emplace());
  }
  void operator()(const char* name, Recall& recall) const {
    if (!at(name).is_object()) fail(name, "an object");
    const Reader inner{at(name), place};
    inner("r1", recall.r1);
    inner("r5", recall.r5);
    inner("r10", recall.r10);
  }
};

Record read_record(const nlohmann::json& json, const std::string& place) {
  const Reader read{json, place};
  std::string kind;
  read("kind", kind);
  const auto filled = [&](auto record) {
    for_each_field(record, read);
    return record;
  };
  if (kind == "train") return filled(TrainRecord{});
  if (kind == "valid") return filled(ValidRecord{});
  throw_bad_input("{}: \"kind\" is neither \"train\" nor \"valid\"", place);
}

}  // namespace

std::string metrics_line(const Record& record) {
  Writer write;
  write("kind", std::holds_alternative<TrainRecord>(record) ? "train" : "valid");
  std::visit([&](const auto& fields) { for_each_field(fields, write); }, record);
  return write.json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void for_each_record(const std::filesystem::path& path, const std::function<void(Record)>& use) {
  LineReader lines(path, kMaxLine);
  while (const auto line = lines.next()) {
    const std::string place = lines.place(*line);
    if (line->too_long) throw_bad_input("{}: longer than {} bytes, is no record", place, kMaxLine);
    const auto json = nlohmann::json::parse(line->text, nullptr, false);
    const bool cut = line->end == line->offset + line->text.size();
    if (cut && json.is_discarded()) return;
    if (!json.is_object()) throw_bad_input("{}: is no record but \"{}\"", place, line->text.substr(0, 100));
    use(read_record(json, place));
  }
}

std::vector<Record> read_metrics(const std::filesystem::path& path) {
  std::vector<Record> records;
  for_each_record(path, [&](Record record) { records.push_back(std::move(record)); });
  return records;
}

}  // namespace cnclip

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/base64.h"
#include "serve/api_error.h"
#include "serve/request_body.h"
#include "serve/requests.h"
#include "serve/service.h"

namespace cnclip::serve {
namespace {

static_assert(std::endian::native == std::endian::little, "base64 features are little-endian");
using OrderedJson = nlohmann::ordered_json;

// Shortest decimals that give the same float32 again.
void append(std::string& out, std::span<const float> row) {
  out += '[';
  for (std::size_t i = 0; i < row.size(); ++i)
    fmt::format_to(std::back_inserter(out), "{}{}", i == 0 ? "" : ",", row[i]);
  out += ']';
}

void normalize(std::span<float> row) {
  const double square = std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
  if (!(square > 0)) throw ApiError(422, "no_direction", "an embedding is zero in so few dimensions", "dimensions");
  const auto scale = static_cast<float>(1 / std::sqrt(square));
  for (float& value : row) value *= scale;
}

double cosine(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

class ModelRoutes {
 public:
  ModelRoutes(Model& model, PictureFetcher& pictures, const Limits& limits, std::vector<std::string> names)
      : model_(model), pictures_(pictures), limits_(limits), names_(std::move(names)) {}

  HttpReply models(const Call&) const {
    OrderedJson list = OrderedJson::array();
    for (const std::string& name : names_) {
      list.push_back({{"id", name},
                      {"object", "model"},
                      {"created", 0},
                      {"owned_by", "cnclip"},
                      {"dimensions", model_.width()},
                      {"image_size", model_.image_size()},
                      {"context_length", model_.context_length()}});
    }
    return json({{"object", "list"}, {"data", list}});
  }

  HttpReply embeddings(const Call& call) const {
    EmbeddingsRequest request = parse_embeddings(read_body(call.http, limits_), model_.width(), limits_);
    check_name(request.model);
    Encoded encoded = encode(request.inputs, call.waiter);
    const auto width = static_cast<std::size_t>(request.dimensions.value_or(model_.width()));
    std::string body = R"({"object":"list","data":[)";
    for (std::size_t i = 0; i < request.inputs.size(); ++i) {
      auto row = std::span(encoded.features.values).subspan(i * static_cast<std::size_t>(model_.width()), width);
      if (request.dimensions) normalize(row);
      body += fmt::format(R"({}{{"object":"embedding","index":{},"embedding":)", i == 0 ? "" : ",", i);
      if (request.base64) {
        body += '"' + encode_base64({reinterpret_cast<const char*>(row.data()), row.size_bytes()}) + '"';
      } else {
        append(body, row);
      }
      body += '}';
    }
    // The rest of the object, after its opening brace.
    body += "]," + facts(encoded).dump().substr(1);
    return {200, "application/json", body, {}};
  }

  HttpReply similarity(const Call& call) const {
    SimilarityRequest request = parse_similarity(read_body(call.http, limits_), limits_);
    check_name(request.model);
    const auto rows = static_cast<std::int64_t>(request.left.size());
    std::vector<Input> inputs = std::move(request.left);
    std::ranges::move(request.right, std::back_inserter(inputs));
    const Encoded encoded = encode(inputs, call.waiter);
    OrderedJson cosines = OrderedJson::array();
    for (std::int64_t i = 0; i < rows; ++i) {
      OrderedJson line = OrderedJson::array();
      for (std::int64_t j = rows; j < encoded.features.rows; ++j) {
        line.push_back(cosine(encoded.features.row(i), encoded.features.row(j)));
      }
      cosines.push_back(std::move(line));
    }
    OrderedJson answer = {{"object", "similarity"}, {"cosines", std::move(cosines)}};
    answer.update(facts(encoded));
    return json(answer);
  }

  HttpReply classify(const Call& call) const {
    ClassifyRequest request = parse_classify(read_body(call.http, limits_), limits_);
    check_name(request.model);
    std::vector<Input> inputs;
    for (const Input& label : request.labels) {
      for (const std::string& prompt : request.templates) {
        Input sentence = label;
        sentence.bytes = std::string(prompt).replace(prompt.find("{}"), 2, label.bytes);
        inputs.push_back(std::move(sentence));
      }
    }
    inputs.push_back(std::move(request.picture));
    const Encoded encoded = encode(inputs, call.waiter);
    const FeatureMatrix labels = label_features(encoded.features, request.labels.size(), request.templates.size());
    const auto picture = encoded.features.row(encoded.features.rows - 1);
    const std::vector<float> probabilities = match_probabilities(picture, labels, model_.logit_scale());
    OrderedJson results = OrderedJson::array();
    for (std::size_t i = 0; i < request.labels.size(); ++i) {
      results.push_back({{"label", request.labels[i].bytes},
                         {"probability", probabilities[i]},
                         {"cosine", cosine(labels.row(static_cast<std::int64_t>(i)), picture)}});
    }
    const auto best = std::ranges::max_element(probabilities) - probabilities.begin();
    OrderedJson answer = {{"object", "classification"},
                          {"best", request.labels[static_cast<std::size_t>(best)].bytes},
                          {"results", std::move(results)}};
    answer.update(facts(encoded));
    return json(answer);
  }

 private:
  Encoded encode(std::vector<Input>& inputs, const Waiter& waiter) const {
    const auto fetched = pictures_.fetch(inputs, waiter);
    return model_.encode(inputs, waiter);
  }

  static HttpReply json(const OrderedJson& answer) { return {200, "application/json", answer.dump(), {}}; }

  void check_name(const std::string& model) const {
    if (model.empty() || std::ranges::find(names_, model) != names_.end()) return;
    throw ApiError(404, "model_not_found", fmt::format("model: {}: this server has {}", model, fmt::join(names_, ", ")),
                   "model");
  }

  // What every answer ends with.
  OrderedJson facts(const Encoded& encoded) const {
    OrderedJson all = {{"model", names_.front()},
                       {"usage", {{"prompt_tokens", encoded.tokens}, {"total_tokens", encoded.tokens}}}};
    if (!encoded.truncated.empty()) all["truncated"] = encoded.truncated;
    return all;
  }

  // The mean over templates, of unit length, as evaluations have it. One template: the feature as it is.
  static FeatureMatrix label_features(const FeatureMatrix& sentences, std::size_t labels, std::size_t templates) {
    const auto width = static_cast<std::size_t>(sentences.columns);
    FeatureMatrix rows{static_cast<std::int64_t>(labels), sentences.columns, {}};
    for (std::size_t label = 0; label < labels; ++label) {
      std::vector<double> sum(width);
      for (std::size_t i = 0; i < templates; ++i) {
        const auto row = sentences.row(static_cast<std::int64_t>(label * templates + i));
        for (std::size_t j = 0; j < width; ++j) sum[j] += row[j];
      }
      for (const double value : sum) rows.values.push_back(static_cast<float>(value / static_cast<double>(templates)));
      if (templates > 1) normalize(std::span(rows.values).last(width));
    }
    return rows;
  }

  Model& model_;
  PictureFetcher& pictures_;
  const Limits limits_;
  const std::vector<std::string> names_;
};

}  // namespace

std::vector<Route> model_routes(Model& model, PictureFetcher& pictures, const Limits& limits,
                                const std::vector<std::string>& names) {
  const auto routes = std::make_shared<ModelRoutes>(model, pictures, limits, names);
  using Key = Route::Key;
  using Body = Route::Body;
  return {
      {"GET", "/v1/models", Key::needed, Body::none, [routes](const Call& call) { return routes->models(call); }},
      {"POST", "/v1/embeddings", Key::needed, Body::work,
       [routes](const Call& call) { return routes->embeddings(call); }},
      {"POST", "/v1/similarity", Key::needed, Body::work,
       [routes](const Call& call) { return routes->similarity(call); }},
      {"POST", "/v1/classify", Key::needed, Body::work, [routes](const Call& call) { return routes->classify(call); }},
  };
}

}  // namespace cnclip::serve

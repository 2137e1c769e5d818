#include "serve/requests.h"

#include "serve/api_error.h"

namespace cnclip::serve {

EmbeddingsRequest parse_embeddings(const Json& body, std::int64_t width, const Limits& limits) {
  const Fields fields(body, "", {"input", "model", "encoding_format", "dimensions", "user"});
  EmbeddingsRequest request;
  request.model = fields.text("model").value_or("");
  fields.text("user");  // part of OpenAI's API, of no use here
  const std::string format = fields.text("encoding_format").value_or("float");
  if (format != "float" && format != "base64") {
    throw_bad_field("encoding_format", "out_of_range", "float or base64 is possible");
  }
  request.base64 = format == "base64";
  request.dimensions = fields.whole("dimensions", 1, width);
  request.inputs = parse_inputs(fields.at("input"), "input", limits);
  return request;
}

SimilarityRequest parse_similarity(const Json& body, const Limits& limits) {
  const Fields fields(body, "", {"left", "right", "model"});
  SimilarityRequest request;
  request.model = fields.text("model").value_or("");
  request.left = parse_inputs(fields.at("left"), "left", limits);
  request.right = parse_inputs(fields.at("right"), "right", limits);
  if (const std::size_t items = request.left.size() + request.right.size(); items > limits.items) {
    throw_bad_field("right", "too_many_items", "there are {} items with those of left, the limit is {}", items,
                    limits.items);
  }
  return request;
}

ClassifyRequest parse_classify(const Json& body, const Limits& limits) {
  const Fields fields(body, "", {"image", "labels", "templates", "model"});
  ClassifyRequest request;
  request.model = fields.text("model").value_or("");
  request.picture = picture_input(fields.at("image"), "image");
  request.labels = parse_inputs(fields.at("labels"), "labels", limits);
  for (const Input& label : request.labels) {
    if (label.kind != Input::Kind::text) throw_bad_field(label.param, "wrong_type", "labels are texts");
  }
  request.templates = {"{}"};
  if (const Json* templates = fields.find("templates")) {
    request.templates.clear();
    for (const Input& prompt : parse_inputs(*templates, "templates", limits)) {
      const std::size_t place = prompt.bytes.find("{}");
      if (prompt.kind != Input::Kind::text || place == std::string::npos ||
          prompt.bytes.find("{}", place + 2) != std::string::npos) {
        throw_bad_field(prompt.param, "invalid_template", "a template is a text with {{}} in it once");
      }
      request.templates.push_back(prompt.bytes);
    }
  }
  if (const std::size_t sentences = request.labels.size() * request.templates.size(); sentences > limits.items) {
    throw_bad_field("labels", "too_many_items", "{} labels in {} templates make {} sentences, the limit is {}",
                    request.labels.size(), request.templates.size(), sentences, limits.items);
  }
  return request;
}

}  // namespace cnclip::serve

#include "serve/search_service.h"

#include "search/library/library.h"
#include "serve/api_error.h"
#include "serve/query_model.h"
#include "serve/request_body.h"
#include "serve/search_json.h"
#include "serve/search_request.h"

namespace cnclip::serve {
namespace {

constexpr double kNegativeWeight = -0.5;

}  // namespace

SearchService::SearchService(const std::filesystem::path& index, Model& model, PictureFetcher& pictures,
                             const std::string& fingerprint, const Limits& limits)
    : stamp_(search::Library(index).model()),
      model_(model),
      pictures_(pictures),
      limits_(limits),
      searcher_(index, std::make_shared<QueryModel>(model, fingerprint, limits.request_time)) {}

Route SearchService::route() {
  return {"POST", "/v1/search", Route::Key::needed, Route::Body::work,
          [this](const Call& call) { return search(call); }};
}

HttpReply SearchService::search(const Call& call) {
  const auto start = Clock::now();
  SearchRequest request = parse_search(read_body(call.http, limits_), limits_);
  search::Query query;
  query.k = request.k;
  query.filter = request.filter;
  const bool two = request.text && (request.picture || request.row);
  const double picture_weight = two ? request.image_weight : 1, text_weight = two ? 1 - request.image_weight : 1;
  if (request.text && text_weight > 0) query.parts.push_back({*request.text, text_weight});
  if (picture_weight > 0) {
    if (request.picture) {
      const auto fetched = pictures_.fetch({&*request.picture, 1}, call.waiter);
      const std::string &bytes = request.picture->bytes, &param = request.picture->param;
      Image picture = model_.while_decoding(call.waiter, param, [&] {
        return search::decode_query_picture(stamp_, std::as_bytes(std::span(bytes)), param, limits_.picture_pixels);
      });
      query.parts.push_back({std::move(picture), picture_weight});
    }
    if (request.row) query.parts.push_back({*request.row, picture_weight});
  }
  if (request.negative && !request.negative->empty()) query.parts.push_back({*request.negative, kNegativeWeight});
  search::Answer answer;
  try {
    answer = searcher_.search(query);
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::usage) throw;
    throw ApiError(400, "invalid_query", error.what());
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return {200, "application/json", search_json(request.text, answer, seconds), {}};
}

std::vector<Counters::Gauge> SearchService::gauges() {
  return {{"cnclip_index_pictures", "Pictures that can be found.", "", static_cast<double>(searcher_.state().vectors)}};
}

}  // namespace cnclip::serve

#include "search/milvus/collection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "search/milvus/plain_text.h"

namespace cnclip::search {
namespace {

constexpr std::size_t kLongestText = 65'535;  // bytes, the most Milvus takes
constexpr std::size_t kMostTags = 4'096;
constexpr float kBelowAll = -1.5;  // inner products of unit vectors

// Whatever does not go well at the server is no fault of the library's files.
template <class Do>
auto doing(const MilvusServer& server, const char* what, const Do& act) {
  try {
    return act();
  } catch (const Error& error) {
    if (error.category() != ErrorCategory::bad_input) throw;
    throw_unavailable("{}: {}: {}", server.address().text(), what, error.what());
  }
}

MilvusJson request_to(const MilvusServer& server) {
  return {{"collectionName", server.address().collection}};
}

std::string is_one_of(const char* field, std::span<const std::int64_t> numbers) {
  return fmt::format("{} in [{}]", field, fmt::join(numbers, ","));
}

MilvusJson json_of(const MilvusEntity& entity) {
  MilvusJson tags = MilvusJson::array();
  for (const std::string& tag : entity.tags) tags.push_back(plain_text(tag));
  return {{"row", entity.row},       {"version", entity.version},       {"content", entity.content},
          {"source", entity.source}, {"path", plain_text(entity.path)}, {"modified", entity.modified},
          {"bytes", entity.bytes},   {"width", entity.width},           {"height", entity.height},
          {"tags", std::move(tags)}, {"vector", entity.vector}};
}

MilvusJson field(const char* name, const char* type) {
  return {{"fieldName", name}, {"dataType", type}};
}

// Of v2, where fields have types. An index of vectors that finds nearly all (see search()).
MilvusJson schema_and_index(std::int64_t width) {
  MilvusJson row = field("row", "Int64"), path = field("path", "VarChar"), tags = field("tags", "Array"),
             vector = field("vector", "FloatVector");
  row["isPrimary"] = true;
  path["elementTypeParams"] = {{"max_length", kLongestText}};
  tags["elementDataType"] = "VarChar";
  tags["elementTypeParams"] = {{"max_capacity", kMostTags}, {"max_length", 1024}};
  vector["elementTypeParams"] = {{"dim", width}};
  MilvusJson fields = MilvusJson::array({row, path, tags, vector});
  for (const char* name : {"version", "content", "source", "modified", "bytes", "width", "height"})
    fields.push_back(field(name, "Int64"));
  const MilvusJson index = {{"fieldName", "vector"},
                            {"indexName", "vector"},
                            {"metricType", "IP"},
                            {"indexType", "HNSW"},
                            {"params", {{"index_type", "HNSW"}, {"M", 32}, {"efConstruction", 256}}}};
  return {{"schema", {{"autoID", false}, {"enableDynamicField", false}, {"fields", fields}}},
          {"indexParams", MilvusJson::array({index})}};
}

}  // namespace

MilvusCollection::MilvusCollection(const MilvusAddress& address, std::string mark, std::int64_t width, bool create)
    : server_(address), mark_(std::move(mark)), width_(width) {
  auto found = find_collection(server_);
  if (!found) {
    if (!create) {
      throw_bad_input(
          "{}: the collection is no more: `cnclip index compact` makes it anew, `cnclip index update` fills it",
          address.text());
    }
    this->create();
    found = find_collection(server_);
    if (!found) throw_unavailable("{}: the collection was made, and is not there", address.text());
  }
  const MilvusCollectionFacts& facts = *found;
  if (facts.description != mark_) {
    throw_bad_input("{}: the collection is of something else: {}, where {} is due", address.text(),
                    facts.description.empty() ? "without a description" : plain_text(facts.description), mark_);
  }
  if (facts.width != width_) {
    throw_bad_input("{}: the collection is of vectors of width {}, where {} is due", address.text(), facts.width,
                    width_);
  }
  if (server_.v2()) {  // it may have been released; else this does nothing
    doing(server_, "load",
          [&] { milvus_data(server_.post("/v2/vectordb/collections/load", request_to(server_).dump())); });
  }
}

std::optional<MilvusCollectionFacts> find_collection(MilvusServer& server) {
  return doing(server, "describe", [&]() -> std::optional<MilvusCollectionFacts> {
    const std::string answer =
        server.v2() ? server.post("/v2/vectordb/collections/describe", request_to(server).dump())
                    : server.get("/v1/vector/collections/describe?collectionName=" + server.address().collection);
    return read_collection(answer);
  });
}

void drop_collection(MilvusServer& server) {
  const char* path = server.v2() ? "/v2/vectordb/collections/drop" : "/v1/vector/collections/drop";
  doing(server, "drop", [&] { milvus_data(server.post(path, request_to(server).dump())); });
}

void MilvusCollection::create() {
  MilvusJson made = request_to(server_);
  made["description"] = mark_;
  if (server_.v2()) {
    made.update(schema_and_index(width_));
    doing(server_, "create", [&] { milvus_data(server_.post("/v2/vectordb/collections/create", made.dump())); });
    return;
  }
  // v1 always numbers the entities itself; all fields but these two are dynamic.
  made.update({{"dimension", width_}, {"metricType", "IP"}, {"primaryField", "entity"}, {"vectorField", "vector"}});
  doing(server_, "create", [&] { milvus_data(server_.post("/v1/vector/collections/create", made.dump())); });
}

void MilvusCollection::put(std::span<const MilvusEntity> entities) {
  if (entities.empty()) return;
  MilvusJson body = request_to(server_), data = MilvusJson::array();
  std::vector<Row> rows;
  for (const MilvusEntity& entity : entities) {
    if (std::ssize(entity.vector) != width_) throw_internal("milvus: a vector of width {}", entity.vector.size());
    data.push_back(json_of(entity));
    rows.push_back(entity.row);
  }
  body["data"] = std::move(data);
  if (!server_.v2()) remove(rows);
  doing(server_, "insert", [&] {
    const char* path = server_.v2() ? "/v2/vectordb/entities/upsert" : "/v1/vector/insert";
    const std::int64_t taken = read_taken(server_.post(path, body.dump()));
    if (taken != std::ssize(entities)) throw_bad_input("the server took {} of {} entities", taken, entities.size());
  });
}

void MilvusCollection::remove(std::span<const Row> rows) {
  if (!rows.empty()) remove_where(is_one_of("row", rows));
}

void MilvusCollection::remove_from(Row row) {
  remove_where(fmt::format("row >= {}", row));
}

void MilvusCollection::remove_where(const std::string& filter) {
  MilvusJson body = request_to(server_);
  body["filter"] = filter;
  doing(server_, "delete", [&] {
    milvus_data(server_.post(server_.v2() ? "/v2/vectordb/entities/delete" : "/v1/vector/delete", body.dump()));
  });
}

std::vector<MilvusHit> MilvusCollection::search(std::span<const float> vector, std::int64_t k,
                                                const std::string& filter, bool whole) {
  MilvusJson body = request_to(server_), params = MilvusJson::object();
  const MilvusJson numbers(std::vector<float>(vector.begin(), vector.end()));
  body["limit"] = std::min(k, kMostHits);
  if (!filter.empty()) body["filter"] = filter;
  // What has come in lately has a coarse index, of which a search looks into an eighth; a search by range goes on as
  // long as it finds something, and everything is above this.
  if (whole) params["radius"] = kBelowAll;
  if (server_.v2()) {
    params["ef"] = std::clamp(4 * k, INT64_C(256), kMostHits);
    body["data"] = MilvusJson::array({numbers});
    body["annsField"] = "vector";
    body["searchParams"] = {{"metricType", "IP"}, {"params", params}};
  } else {
    body["vector"] = numbers;
    body["outputFields"] = MilvusJson::array({"row"});
    if (whole) body["params"] = params;
  }
  return doing(server_, "search", [&] {
    // v2 calls the number of an entity "id" in hits, whatever the field is called.
    return server_.v2() ? read_hits(server_.post("/v2/vectordb/entities/search", body.dump()), "id")
                        : read_hits(server_.post("/v1/vector/search", body.dump()), "row");
  });
}

std::string MilvusCollection::query(const std::string& filter, const std::vector<std::string>& fields,
                                    std::int64_t limit) {
  MilvusJson body = request_to(server_);
  body["filter"] = filter;
  body["outputFields"] = fields;
  body["limit"] = limit;
  return server_.post(server_.v2() ? "/v2/vectordb/entities/query" : "/v1/vector/query", body.dump());
}

NumberedVectors MilvusCollection::vectors_of_rows(std::span<const Row> rows, const char* number) {
  if (rows.empty()) return {};
  return doing(server_, "query", [&] {
    return read_vectors(query(is_one_of("row", rows), {number, "vector"}, kMostHits), number, width_);
  });
}

std::optional<std::vector<float>> MilvusCollection::vector_of_content(std::int64_t content) {
  auto found = doing(server_, "query", [&] {
    return read_vectors(query(fmt::format("content == {}", content), {"content", "vector"}, 1), "content", width_);
  });
  if (found.empty()) return {};
  return std::move(found.front().second);
}

std::vector<Row> MilvusCollection::rows(Row from, Row to) {
  return doing(server_, "query", [&] {
    auto rows = read_numbers(query(fmt::format("row >= {} and row < {}", from, to), {"row"}, kMostHits), "row");
    std::sort(rows.begin(), rows.end());
    return rows;
  });
}

bool MilvusCollection::wait_until_seen(Row row, std::int64_t version) {
  const std::string filter = fmt::format("row == {} and version == {}", row, version);
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < std::chrono::seconds(30)) {
    if (doing(server_, "query", [&] { return !read_numbers(query(filter, {"row"}, 1), "row").empty(); })) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

}  // namespace cnclip::search

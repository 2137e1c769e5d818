#include "search/milvus/server.h"

#include <httplib.h>

#include <cstdlib>

#include "base/error.h"

namespace cnclip::search {
namespace {

constexpr int kConnectSeconds = 10;
// A server that has just started or is out of memory may take that long; one that takes longer is away.
constexpr int kAnswerSeconds = 120;
constexpr const char* kJson = "application/json";

}  // namespace

MilvusServer::MilvusServer(MilvusAddress address)
    : address_(std::move(address)), client_(std::make_unique<httplib::Client>(address_.server)) {
  client_->set_connection_timeout(kConnectSeconds);
  client_->set_read_timeout(kAnswerSeconds);
  client_->set_write_timeout(kAnswerSeconds);
  client_->set_keep_alive(true);
  client_->set_tcp_nodelay(true);
  // Row numbers as numbers, not in quotes.
  client_->set_default_headers({{"Accept", kJson}, {"Accept-Type-Allow-Int64", "true"}});
  if (const char* token = std::getenv("CNCLIP_MILVUS_TOKEN"); token != nullptr && *token != '\0') {
    client_->set_bearer_token_auth(token);
  }
  std::string answer;
  const int status = ask_post("/v2/vectordb/collections/list", "{}", answer);
  v2_ = status == 200;
  if (v2_) return;
  if (status != 404) throw_unavailable("{}: the server answers {}", address_.text(), status);
  get("/v1/vector/collections");
}

MilvusServer::~MilvusServer() = default;
MilvusServer::MilvusServer(MilvusServer&&) noexcept = default;

int MilvusServer::ask_post(const std::string& path, const std::string& body, std::string& answer) {
  const auto result = client_->Post(path, body, kJson);
  if (!result) {
    throw_unavailable("{}: no answer from the server: {}", address_.text(), httplib::to_string(result.error()));
  }
  answer = result->body;
  return result->status;
}

std::string MilvusServer::get(const std::string& path) {
  const auto result = client_->Get(path);
  if (!result) {
    throw_unavailable("{}: no answer from the server: {}", address_.text(), httplib::to_string(result.error()));
  }
  if (result->status != 200) throw_unavailable("{}: {}: the server answers {}", address_.text(), path, result->status);
  return result->body;
}

std::string MilvusServer::post(const std::string& path, const std::string& body) {
  std::string answer;
  const int status = ask_post(path, body, answer);
  if (status != 200) throw_unavailable("{}: {}: the server answers {}", address_.text(), path, status);
  return answer;
}

}  // namespace cnclip::search

// A Milvus server over HTTP. One thread.
#pragma once

#include <memory>
#include <string>

#include "search/milvus/address.h"

namespace httplib {
class Client;
}

namespace cnclip::search {

class MilvusServer {
 public:
  // Asks which REST it speaks. The token of CNCLIP_MILVUS_TOKEN is sent where it is set: an API key, or user:password.
  // Throws unavailable where there is no server, or one that is no Milvus.
  explicit MilvusServer(MilvusAddress address);
  ~MilvusServer();
  MilvusServer(MilvusServer&&) noexcept;

  const MilvusAddress& address() const { return address_; }
  bool v2() const { return v2_; }

  // The bytes of the answer. Throw unavailable when there is none, in time.
  std::string get(const std::string& path);
  std::string post(const std::string& path, const std::string& body);

 private:
  int ask_post(const std::string& path, const std::string& body, std::string& answer);

  MilvusAddress address_;
  std::unique_ptr<httplib::Client> client_;
  bool v2_ = false;
};

}  // namespace cnclip::search

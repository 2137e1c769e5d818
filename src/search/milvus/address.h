// Where a collection is: milvus://host[:port][/collection], or milvus+https:// where the server speaks TLS.
#pragma once

#include <string>

namespace cnclip::search {

struct MilvusAddress {
  std::string server;      // as an HTTP address: "http://host:19530"
  std::string collection;  // letters, digits, underscores

  // The whole, as it is written and stored. Names and tokens are never part of it.
  std::string text() const;
};

// Port 19530 and the collection "cnclip" where none is named. Throws usage for what is no such address.
MilvusAddress parse_milvus_address(const std::string& text);

}  // namespace cnclip::search

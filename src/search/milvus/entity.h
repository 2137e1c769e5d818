// A picture as a collection has it: its vector, and what filters ask for.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "search/library/picture.h"

namespace cnclip::search {

// Fields by the names of the members; texts as plain_text() makes them.
struct MilvusEntity {
  Row row = 0;
  std::int64_t version = 0;  // of the library, that made it what it is
  std::int64_t content = 0;
  std::int64_t source = 0;
  std::string path;
  std::int64_t modified = 0;
  std::int64_t bytes = 0;
  int width = 0, height = 0;
  std::vector<std::string> tags;
  std::vector<float> vector;
};

}  // namespace cnclip::search

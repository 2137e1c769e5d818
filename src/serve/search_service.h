// Search among the pictures of an index, over HTTP.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "search/searcher.h"
#include "serve/service.h"

namespace cnclip::serve {

class SearchService {
 public:
  // `fingerprint`: of the model, which must be that of the index.
  SearchService(const std::filesystem::path& index, Model& model, PictureFetcher& pictures,
                const std::string& fingerprint, const Limits& limits);

  Route route();  // /v1/search; it lives as long as this
  std::vector<Counters::Gauge> gauges();
  // Makes the next start, and searches of large libraries, quick. Takes minutes for a million pictures.
  void improve() { searcher_.improve(); }

 private:
  HttpReply search(const Call& call);

  const search::ModelStamp stamp_;
  Model& model_;
  PictureFetcher& pictures_;
  const Limits limits_;
  search::Searcher searcher_;
};

}  // namespace cnclip::serve

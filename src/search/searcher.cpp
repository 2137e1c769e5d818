#include "search/searcher.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/error.h"
#include "search/calibrations.h"
#include "search/library/library_pool.h"
#include "search/neutral_vectors.h"
#include "search/vectors.h"

namespace cnclip::search {
namespace {

constexpr std::int64_t kMostResults = 100'000;

bool blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string::npos;
}

void check(const Query& query) {
  if (query.k < 1 || query.k > kMostResults)
    throw_usage("{} results: from 1 to {} can be asked for", query.k, kMostResults);
  bool wanted = false;
  for (const QueryPart& part : query.parts) {
    if (!std::isfinite(part.weight) || part.weight == 0 || std::abs(part.weight) > 1000)
      throw_usage("weight {}: it lies between -1000 and 1000, and is not 0", part.weight);
    if (const auto* text = std::get_if<std::string>(&part.what); text != nullptr && blank(*text))
      throw_usage("the query is empty: nothing is looked for");
    wanted = wanted || part.weight > 0;
  }
  if (!wanted) throw_usage("the query has no part that is wanted");
}

// The vectors of all parts of all queries, texts and pictures each encoded together.
struct EncodedParts {
  FeatureMatrix texts, pictures;
  std::vector<bool> truncated;  // of texts
};

EncodedParts encode(std::span<const Query> queries, QueryEncoder& encoder) {
  std::vector<std::string> texts;
  std::vector<Image> pictures;
  for (const Query& query : queries) {
    for (const QueryPart& part : query.parts) {
      if (const auto* text = std::get_if<std::string>(&part.what)) texts.push_back(*text);
      if (const auto* picture = std::get_if<Image>(&part.what)) pictures.push_back(*picture);
    }
  }
  EncodedParts encoded;
  if (!texts.empty()) {
    QueryTexts made = encoder.encode_texts(texts);
    encoded.texts = std::move(made.features);
    encoded.truncated = std::move(made.truncated);
  }
  if (!pictures.empty()) encoded.pictures = encoder.encode_pictures(pictures);
  return encoded;
}

// A query with all that is needed to answer it.
struct Asked {
  const Query* query = nullptr;
  QueryKind kind;
  std::vector<float> vector;
  std::vector<Row> own;  // pictures of the index that it is made of: not among the answers
  std::vector<bool> truncated;
};

bool together(const Query& a, const Query& b) {
  return a.k == b.k && a.exact == b.exact && a.filter.empty() && b.filter.empty();
}

}  // namespace

struct Searcher::Impl {
  const SearcherOptions options;
  const std::shared_ptr<QueryEncoder> encoder;
  LibraryPool libraries;
  const ModelStamp model;
  const std::unique_ptr<Vectors> vectors;
  std::mutex calibrations_mutex;
  std::shared_ptr<Calibrations> calibrations_made;
  std::vector<float> neutral;

  Impl(const std::filesystem::path& index, std::shared_ptr<QueryEncoder> made, SearcherOptions chosen)
      : options(chosen),
        encoder(std::move(made)),
        libraries(index),
        model(libraries.with([](const Library& library) { return library.model(); })),
        vectors(libraries.with([&](const Library& library) { return open_vectors(library, options.threads); })) {
    if (encoder->fingerprint() != model.fingerprint) {
      throw_usage("{}: made by the model {} ({} {:.12}), which {} ({:.12}) is not", index.string(), model.path,
                  model.name, model.fingerprint, encoder->name(), encoder->fingerprint());
    }
    neutral = neutral_vectors(index, model, *encoder);
  }

  // Made anew when the library has become another one.
  std::shared_ptr<Calibrations> calibrations(const std::shared_ptr<const Snapshot>& snapshot) {
    const std::scoped_lock lock(calibrations_mutex);
    if (calibrations_made == nullptr || !calibrations_made->follows(snapshot))
      calibrations_made = std::make_shared<Calibrations>(snapshot, neutral, options.threads);
    return calibrations_made;
  }

  std::vector<Asked> prepare(std::span<const Query> queries, const EncodedParts& encoded, const Means& means,
                             const Library& library) const {
    std::vector<Asked> all;
    std::int64_t text = 0, picture = 0;
    for (const Query& query : queries) {
      Asked asked{&query, {}, {}, {}, {}};
      std::vector<PartVector> parts;
      std::vector<std::vector<float>> of_rows;
      of_rows.reserve(query.parts.size());
      for (const QueryPart& part : query.parts) {
        const bool is_text = std::holds_alternative<std::string>(part.what);
        asked.truncated.push_back(is_text && encoded.truncated[static_cast<std::size_t>(text)]);
        std::span<const float> vector;
        if (is_text) {
          vector = encoded.texts.row(text++);
        } else if (std::holds_alternative<Image>(part.what)) {
          vector = encoded.pictures.row(picture++);
        } else {
          const Row row = std::get<Row>(part.what);
          auto found = vectors->vector(library, row);
          if (!found) throw_usage("{}: picture {} is not in the index", library.folder().string(), row);
          vector = of_rows.emplace_back(std::move(*found));
          asked.own.push_back(row);
        }
        parts.push_back({vector, part.weight, !is_text});
      }
      asked.vector = combine(parts, means);
      if (asked.vector.empty()) throw_usage("the parts of the query cancel out");
      asked.kind = kind_of(parts);
      all.push_back(std::move(asked));
    }
    return all;
  }

  Answer answer(const Asked& asked, const Nearest& found, std::int64_t searched, Calibrations& chance,
                const Library& library) const {
    Answer answer;
    answer.exact = found.exact;
    answer.truncated = asked.truncated;
    answer.searched = searched;
    answer.nothing_matches = true;
    if (found.neighbors.empty()) return answer;
    const auto calibration = chance.of(asked.kind);
    const double background = calibration->background(chance.cosines(asked.vector, asked.own));
    for (const Neighbor& neighbor : found.neighbors) {
      if (std::ranges::find(asked.own, neighbor.row) != asked.own.end()) continue;
      if (std::ssize(answer.hits) == asked.query->k) break;
      auto picture = library.picture(neighbor.row);
      if (!picture) continue;
      std::string location = library.location(*picture);
      answer.hits.push_back({std::move(*picture), std::move(location), neighbor.product,
                             calibration->relevance(double{neighbor.product}, background, searched)});
    }
    answer.nothing_matches = answer.hits.empty() || answer.hits.front().relevance < Calibration::kMatches;
    return answer;
  }

  // To queries that go together. The vectors may be those of a later library, where another thread has looked at it
  // meanwhile: what this one does not know is passed over, and as many more are asked for.
  std::vector<Answer> answer(std::span<const Asked> group, VectorsAsked asked, Calibrations& chance,
                             const Library& library) const {
    for (;;) {
      const VectorsFound found = vectors->find(library, asked);
      std::vector<Answer> answers;
      std::int64_t lacking = 0;
      for (std::size_t i = 0; i < group.size(); ++i) {
        answers.push_back(answer(group[i], found.nearest[i], found.searched, chance, library));
        if (std::ssize(found.nearest[i].neighbors) == asked.k)
          lacking = std::max(lacking, group[i].query->k - std::ssize(answers.back().hits));
      }
      if (lacking == 0) return answers;
      asked.k += lacking;
    }
  }

  std::vector<Answer> search(std::span<const Query> queries, const Library& library, const EncodedParts& encoded) {
    const Library::Snapshot one(library);
    const auto chance = calibrations(vectors->sample(library));
    const std::vector<Asked> all = prepare(queries, encoded, chance->means(), library);
    std::vector<Answer> answers;
    for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
      const Query& first = *all[begin].query;
      for (end = begin + 1; end < all.size() && together(first, *all[end].query);) ++end;
      VectorsAsked asked;
      asked.k = first.k;
      asked.exact = first.exact;
      asked.filter = &first.filter;
      std::vector<float> rows;
      for (std::size_t i = begin; i < end; ++i) {
        rows.insert(rows.end(), all[i].vector.begin(), all[i].vector.end());
        asked.k = std::max(asked.k, first.k + std::ssize(all[i].own));
      }
      asked.queries = rows;
      std::ranges::move(answer(std::span(all).subspan(begin, end - begin), asked, *chance, library),
                        std::back_inserter(answers));
    }
    return answers;
  }
};

Searcher::Searcher(const std::filesystem::path& index, std::shared_ptr<QueryEncoder> encoder, SearcherOptions options)
    : impl_(std::make_unique<Impl>(index, std::move(encoder), options)) {}
Searcher::~Searcher() = default;

Answer Searcher::search(const Query& query) {
  return std::move(search(std::span(&query, 1)).front());
}

std::vector<Answer> Searcher::search(std::span<const Query> queries) {
  for (const Query& query : queries) check(query);
  const EncodedParts encoded = encode(queries, *impl_->encoder);
  return impl_->libraries.with([&](const Library& library) { return impl_->search(queries, library, encoded); });
}

bool Searcher::improve() {
  return impl_->libraries.with(
      [&](const Library& library) { return impl_->vectors->improve(library, impl_->neutral); });
}

SearchState Searcher::state() {
  return impl_->libraries.with([&](const Library& library) { return impl_->vectors->state(library); });
}

}  // namespace cnclip::search

// Vectors out of a library: one by one, and what is new of them.
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "search/library/database.h"
#include "search/library/library.h"
#include "search/library/model_rows.h"
#include "search/library/schema.h"

namespace cnclip::search {
namespace {

// Far above the rounding of any arithmetic that vectors come from.
constexpr double kUnitTolerance = 0.01;

void read_vector(const Database& database, const Statement& found, int column, std::vector<float>& vector) {
  const std::string_view bytes = found.bytes(column);
  if (bytes.size() != vector.size() * sizeof(float)) {
    database.damaged(fmt::format("a vector of {} bytes, where {} numbers are due", bytes.size(), vector.size()));
  }
  std::memcpy(vector.data(), bytes.data(), bytes.size());
  double square = 0;
  for (const float value : vector) square += static_cast<double>(value) * value;
  if (!(std::abs(std::sqrt(square) - 1) < kUnitTolerance)) {  // also where it is no number
    database.damaged(fmt::format("a vector of length {}, where 1 is due", std::sqrt(square)));
  }
}

}  // namespace

std::optional<std::vector<float>> Library::vector(Row row, VectorSet set) const {
  const Snapshot snapshot(*this);
  const std::int64_t model = model_of(*database_, set);
  std::vector<float> vector(static_cast<std::size_t>(read_model(*database_, model).width));
  Statement found = database_->query(
      fmt::format("SELECT v.vector FROM pictures AS p JOIN {} AS v ON v.content = p.content WHERE p.id = ?",
                  vectors_table(model)),
      {row});
  if (!found.step()) return {};
  if (found.bytes(0).empty() && vector_server()) return {};
  read_vector(*database_, found, 0, vector);
  return vector;
}

std::int64_t Library::changes_since(std::int64_t version, const ChangeVisitor& visitor) const {
  const Snapshot snapshot(*this);
  if (const auto server = vector_server()) throw_usage("{}: has its vectors at {}", folder_.string(), server->address);
  const bool everything = version < database_->number("SELECT base FROM state");
  if (everything) {
    version = 0;
    if (visitor.forget) visitor.forget();
  } else if (visitor.removed) {
    Statement removed = database_->query("SELECT id FROM removed WHERE version > ? ORDER BY id", {version});
    while (removed.step()) visitor.removed(removed.integer(0));
  }
  if (visitor.changed) {
    std::vector<float> vector(static_cast<std::size_t>(model().width));
    // "LEFT": a content without a vector is the fault of a damaged file, and is to be told. "+": in the order of the
    // table, for the index of contents would have all vectors sorted.
    const std::string sql = fmt::format(
        "SELECT p.id, v.vector FROM pictures AS p LEFT JOIN {} AS v ON v.content = p.content WHERE +p.content IS "
        "NOT NULL {}",
        vectors_table(current_model(*database_)),
        everything ? "ORDER BY p.id" : "AND p.changed > ? ORDER BY p.changed");
    Statement changed = everything ? database_->query(sql) : database_->query(sql, {version});
    while (changed.step()) {
      read_vector(*database_, changed, 1, vector);
      visitor.changed(changed.integer(0), vector);
    }
  }
  return database_->number("SELECT version FROM state");
}

}  // namespace cnclip::search

#include "search/indexing/duplicates.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "image/near_index.h"

namespace cnclip::search {
namespace {

struct Content {
  std::uint64_t look;
  std::vector<Row> rows;
};

// Which contents belong together, joined pair by pair.
class Sets {
 public:
  explicit Sets(std::size_t count) : parents_(count) { std::iota(parents_.begin(), parents_.end(), std::size_t{0}); }
  std::size_t find(std::size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parents_[std::max(find(a), find(b))] = std::min(find(a), find(b)); }

 private:
  std::vector<std::size_t> parents_;
};

}  // namespace

std::vector<DuplicateGroup> find_duplicates(const Library& library, int distance) {
  std::vector<Content> contents;
  std::int64_t latest = 0;
  library.visit_looks([&](Row row, std::int64_t content, std::uint64_t look) {
    if (contents.empty() || content != latest) contents.push_back({look, {}});
    latest = content;
    contents.back().rows.push_back(row);
  });

  std::vector<DuplicateGroup> groups;
  NearIndex index;
  std::vector<std::size_t> places;  // of contents in the index
  Sets sets(contents.size());
  for (std::size_t i = 0; i < contents.size(); ++i) {
    if (contents[i].rows.size() > 1) groups.push_back({true, contents[i].rows});
    if (contents[i].look == 0) continue;
    index.visit_near(contents[i].look, distance, [&](std::size_t place) {
      sets.join(places[place], i);
      return true;
    });
    index.add(contents[i].look);
    places.push_back(i);
  }
  std::map<std::size_t, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < contents.size(); ++i) alike[sets.find(i)].push_back(i);
  for (const auto& [first, members] : alike) {
    if (members.size() < 2) continue;
    DuplicateGroup group;
    for (const std::size_t member : members) {
      group.rows.insert(group.rows.end(), contents[member].rows.begin(), contents[member].rows.end());
    }
    std::sort(group.rows.begin(), group.rows.end());
    groups.push_back(std::move(group));
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const DuplicateGroup& a, const DuplicateGroup& b) { return a.rows[0] < b.rows[0]; });
  return groups;
}

}  // namespace cnclip::search

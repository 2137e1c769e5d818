// Which inputs the encoder takes next.
//
// Work waits in three lanes: short texts (a search query), single pictures, and everything larger. A lane goes before
// those behind it, but one that was passed over too often has its turn. Work of the last lane is taken in pieces, turn
// by turn, so that no one waits for the whole of a large request, and the budget of a piece bounds how long a query
// that comes meanwhile must wait.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "cnclip/tokenizer.h"
#include "serve/limits.h"

namespace cnclip::serve {

enum class Kind { text, picture };
enum class Lane { query, single, bulk };
inline constexpr std::size_t kLanes = 3;

// Inputs of one kind, of one request.
struct Work {
  Kind kind = Kind::text;
  std::vector<Tokens> texts;
  std::vector<std::uint8_t> pixels;  // as preprocess_u8 makes them, one picture after another
  std::size_t count = 0;
  std::size_t item_cost = 1;  // of a picture: its patches. A text costs its tokens

  std::size_t cost_of(std::size_t item) const { return kind == Kind::text ? texts[item].ids.size() : item_cost; }
  std::size_t cost() const;
  Lane lane() const;
};

// Work that waits or is being done.
struct Job {
  Work work;
  std::vector<std::size_t> order;  // in which items are taken: texts by length, as the engine likes them
  std::size_t taken = 0;           // of `order`
  std::size_t left_cost = 0;       // of what is not taken
};

struct Piece {
  struct Item {
    std::shared_ptr<Job> job;
    std::size_t index = 0;
  };
  Kind kind = Kind::text;
  Lane lane = Lane::query;
  std::vector<Item> items;
  std::size_t cost = 0;
};

// How much one piece may cost, by kind; at least one item is always taken.
struct PieceBudget {
  std::size_t text = 512;
  std::size_t picture = 1600;
  std::size_t of(Kind kind) const { return kind == Kind::text ? text : picture; }
};

// Not for several threads at once.
class Schedule {
 public:
  void add(std::shared_ptr<Job> job);
  void remove(const Job& job);  // what of it is not taken
  // Empty when nothing waits.
  Piece next(const PieceBudget& budget);
  std::size_t waiting_cost() const { return cost_; }
  std::size_t waiting_jobs(Lane lane) const { return lanes_[static_cast<std::size_t>(lane)].size(); }

 private:
  std::size_t choose() const;

  std::array<std::deque<std::shared_ptr<Job>>, kLanes> lanes_;
  std::array<std::size_t, kLanes> passed_over_{};
  std::size_t cost_ = 0;
};

std::shared_ptr<Job> make_job(Work work);

}  // namespace cnclip::serve

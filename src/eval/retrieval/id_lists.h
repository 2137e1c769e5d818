// Which images belong to which text, or the other way round: the official form of ground truth (<split>_texts.jsonl and
// its .tr.jsonl) and of predictions, one line a query.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/record.h"

namespace cnclip {

enum class RetrievalKind { text_to_image, image_to_text };

struct IdList {
  Id query;
  std::vector<Id> ids;  // right answers in any order, or predictions, the best first
  std::size_t line = 0;
};

struct IdLists {
  std::string name;  // for messages: the file
  RetrievalKind kind = RetrievalKind::text_to_image;
  std::vector<IdList> lists;

  std::string_view query_word() const { return kind == RetrievalKind::text_to_image ? "text" : "image"; }
  std::string_view answer_word() const { return kind == RetrievalKind::text_to_image ? "image" : "text"; }
  std::string place(const IdList& list) const;  // "texts.jsonl: line 3: text 17", for messages
};

// {"text_id": 1, "image_ids": [7, 8]} or {"image_id": 7, "text_ids": [1]}; other fields are passed over. The first line
// says which kind it is. Throws bad_input with file and line for what is neither, for another kind further down, for a
// query that stands twice and for a file without lines.
IdLists read_id_lists(const std::filesystem::path& path);
// One line of it; `what` is set by the line. Returns what is wrong; empty: nothing.
std::string parse_id_list(std::string_view line, RetrievalKind& kind, IdList& list);

// As the official scripts write them.
void write_id_lists(const std::filesystem::path& path, const IdLists& lists);

// The other way round: answers become queries, in the order of their first appearance (the official
// transform_ir_annotation_to_tr).
IdLists inverted(const IdLists& lists);

}  // namespace cnclip

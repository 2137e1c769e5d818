// Sentences that a class name is put into, so that it reads like the caption of a picture.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cnclip::classification {

struct PromptTemplate {
  std::string before, after;  // of the class name

  std::string with(std::string_view name) const { return before + std::string(name) + after; }
  bool operator==(const PromptTemplate&) const = default;
};

struct PromptSet {
  std::string name;  // where they come from, for people: "official openai_templates"
  std::vector<PromptTemplate> templates;
};

// `choice`: "official" (the list that the official script takes for the data set), "cnclip" (this project's own), or a
// file. Unknown data sets have the generic list. Throws bad_input for what is wrong with the file.
PromptSet prompts_for(const std::string& choice, std::string_view dataset);

// A list of the official file, as it is: what stands twice there counts twice.
std::vector<PromptTemplate> official_templates(std::string_view list);
// This project's own, for the data set where it has some, else the generic ones.
std::vector<PromptTemplate> chinese_templates(std::string_view dataset);
// A template a line, `{}` where the name goes; empty lines and lines that begin with # are passed over.
std::vector<PromptTemplate> read_templates(const std::filesystem::path& file);

// Throws bad_input, beginning with `place`, unless `{}` is there once.
PromptTemplate parse_template(std::string_view text, std::string_view place);

}  // namespace cnclip::classification

// A classification data set as the official scripts lay it out.
//
//   DIR/label_cn.txt       the Chinese name of class k on line k, from 0
//   DIR/test/<id>/…        pictures; <id> is 0 … 9, or with more than ten classes 000, 001, …
//
// Where pictures may belong to several classes (VOC 2007), or folders are not wanted, a list takes their place:
//
//   DIR/test.txt           a picture a line: its path below DIR, a space, the numbers of its classes with commas
//   between
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cnclip::classification {

struct LabelledImage {
  std::string id;  // its path below DIR/<split>, or as the list has it
  std::filesystem::path path;
  std::vector<int> classes;  // not empty
};

struct ClassFolder {
  std::filesystem::path folder;
  std::string split;
  std::vector<std::string> labels;
  std::vector<LabelledImage> images;  // in the official order: by class, folder and name; or in that of the list

  int classes() const { return static_cast<int>(labels.size()); }
  bool multi_label() const;
};

// Throws bad_input, naming the folder, or the file and line, when anything stands between a picture and the class it is
// of: folders that are not exactly those of the labels, a class without pictures, empty labels, labels that come twice
// (unless `repeated_names`).
ClassFolder read_class_folder(const std::filesystem::path& folder, const std::string& split, bool repeated_names);

std::vector<std::string> read_labels(const std::filesystem::path& file, bool repeated_names);
std::vector<LabelledImage> read_image_list(const std::filesystem::path& file, std::size_t classes);

// ELEVATER's index.json: a list of numbers, the k-th of them being the image that stands k-th in a submission. Every
// number of 0 … images - 1 once.
std::vector<std::size_t> read_submission_order(const std::filesystem::path& file, std::size_t images);

}  // namespace cnclip::classification

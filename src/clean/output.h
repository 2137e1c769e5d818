// The files that a cleaned data set consists of.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "clean/pictures.h"
#include "clean/report.h"
#include "clean/source.h"

namespace cnclip::clean {

// Takes the rows in order.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void write(const Row& row, bool kept) = 0;
  virtual void commit() = 0;
};

std::unique_ptr<RowWriter> raw_writer(const std::filesystem::path& file, const std::string& header);
// Rows of open_pairs, put together to lines again.
std::unique_ptr<RowWriter> pair_writer(const std::filesystem::path& file);

// Copies the lines of an official pictures file for which `kept` holds.
void copy_pictures(const std::filesystem::path& from, const std::filesystem::path& to, const std::vector<bool>& kept);

// Small JPEG files of the pictures that the examples name, where they can be decoded.
void add_thumbnails(ImageSource& images, Report& report);

}  // namespace cnclip::clean

#include "metrics/tensorboard.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/test_folder.h"

namespace cnclip {
namespace {

// What TensorBoard itself makes of the files is in tests/e2e/test_train_report.py.
TEST(EventFile, BeginsWithItsVersionInAFrameWithChecksums) {
  const TestFolder folder;
  EventFile(folder, 1);
  const auto path = std::filesystem::directory_iterator(folder)->path();
  EXPECT_TRUE(path.filename().string().starts_with("events.out.tfevents."));
  EXPECT_EQ(path.extension(), ".cnclip");
  const std::string bytes = read_file(path);
  // A time of 9 bytes and a text of 15, framed as at the head of every event file: 24, its masked CRC-32C.
  EXPECT_EQ(bytes.substr(0, 12), std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22", 12));
  EXPECT_NE(bytes.find("\x1a\x0d"
                       "brain.Event:2"),
            std::string::npos);
}

TEST(EventFile, ALaterOneSortsBehind) {
  const TestFolder folder;
  write_file(folder / "events.out.tfevents.4000000000.cnclip", "");  // the clock went back
  EventFile(folder, 1);
  EventFile(folder, 1);
  EXPECT_TRUE(std::filesystem::exists(folder / "events.out.tfevents.4000000001.cnclip"));
  EXPECT_TRUE(std::filesystem::exists(folder / "events.out.tfevents.4000000002.cnclip"));
}

}  // namespace
}  // namespace cnclip

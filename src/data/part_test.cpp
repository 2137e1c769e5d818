#include "data/part.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "base/test_errors.h"
#include "base/test_folder.h"

namespace cnclip {
namespace {

TEST(Part, IsReadAsItIsWritten) {
  EXPECT_EQ(part_from("1/1").of, 1u);
  EXPECT_EQ(part_from("3/7").index, 2u);
  EXPECT_EQ(part_from("3/7").of, 7u);
  for (const char* wrong :
       {"", "/", "1", "0/2", "3/2", "1/0", "a/2", "1/2/3", "-1/2", "1/ 2", "99999999999999999999/1"})
    EXPECT_EQ(category_of([&] { part_from(wrong); }), ErrorCategory::usage) << wrong;
}

TEST(Part, ComesFromWhatStartedTheProcess) {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"}) ::unsetenv(name);
  EXPECT_EQ(part_from("auto").of, 1u);
  ::setenv("SLURM_PROCID", "3", 1);
  ::setenv("SLURM_NTASKS", "4", 1);
  EXPECT_EQ(part_from("auto").index, 3u);
  EXPECT_EQ(part_from("auto").of, 4u);
  ::setenv("OMPI_COMM_WORLD_RANK", "0", 1);  // mpirun inside an allocation of Slurm
  ::setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
  EXPECT_EQ(part_from("auto").index, 0u);
  EXPECT_EQ(part_from("auto").of, 2u);
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "SLURM_PROCID"}) ::unsetenv(name);
}

std::vector<std::string> ids(ImageSource& source) {
  std::vector<std::string> found;
  while (const auto item = source.next()) found.push_back(item->id);
  return found;
}

// Together the parts have everything once, and as many as they say.
void expect_shared_out(const std::filesystem::path& input, std::size_t of) {
  std::multiset<std::string> all;
  for (const std::string& id : ids(*open_images(input))) all.insert(id);
  std::multiset<std::string> shared;
  for (std::size_t index = 0; index < of; ++index) {
    const auto source = open_images(input, Part{index, of});
    const auto count = source->count();
    const auto mine = ids(*source);
    EXPECT_EQ(count.value_or(mine.size()), mine.size());
    shared.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(shared, all) << input << " in " << of;
}

TEST(Part, FoldersListsAndTablesAreSharedOut) {
  const TestFolder folder;
  std::filesystem::create_directories(folder / "pictures");
  std::ofstream list(folder / "list.txt"), table(folder / "table.tsv");
  for (int i = 0; i < 7; ++i) {
    const std::string name = "p" + std::to_string(i) + ".jpg";
    std::ofstream(folder / "pictures" / name) << i;
    list << "pictures/" << name << "\n";
    table << i << "\tAAAA\n";
  }
  list.close();
  table.close();
  for (const std::size_t of : {1, 2, 3, 7, 9}) {
    expect_shared_out(folder / "pictures", of);
    expect_shared_out(folder / "list.txt", of);
    expect_shared_out(folder / "table.tsv", of);
  }
}

}  // namespace
}  // namespace cnclip

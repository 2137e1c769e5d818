// The official `imgs` LMDB: key = image id, value = base64 of the image file, and a count under num_images.
#include <lmdb.h>

#include "base/error.h"
#include "data/image_sources.h"

namespace cnclip {
namespace {

class LmdbSource : public ImageSource {
 public:
  explicit LmdbSource(const std::filesystem::path& folder) : path_(folder.string()) {
    check(mdb_env_create(&environment_));
    try {
      check(mdb_env_open(environment_, path_.c_str(), MDB_RDONLY | MDB_NOLOCK | MDB_NORDAHEAD, 0));
      check(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &transaction_));
      MDB_dbi table = 0;
      check(mdb_dbi_open(transaction_, nullptr, 0, &table));
      check(mdb_cursor_open(transaction_, table, &cursor_));
    } catch (...) {
      close();
      throw;
    }
  }
  ~LmdbSource() override { close(); }
  LmdbSource(const LmdbSource&) = delete;
  LmdbSource& operator=(const LmdbSource&) = delete;

  std::optional<ImageItem> next() override {
    MDB_val key{}, value{};
    do {
      const int code = mdb_cursor_get(cursor_, &key, &value, MDB_NEXT);
      if (code == MDB_NOTFOUND) return {};
      check(code);
    } while (text(key) == "num_images");
    ImageItem item{std::string(text(key)), {}, {}};
    if (auto bytes = decode_base64(text(value))) {
      item.bytes = std::move(*bytes);
    } else {
      item.error = fmt::format("{}: the base64 of image {} is cut short", path_, item.id);
    }
    return item;
  }

 private:
  static std::string_view text(const MDB_val& value) {
    return {static_cast<const char*>(value.mv_data), value.mv_size};
  }
  void check(int code) const {
    if (code != 0) throw_bad_input("{}: LMDB: {}", path_, mdb_strerror(code));
  }
  void close() {
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
    if (transaction_ != nullptr) mdb_txn_abort(transaction_);
    mdb_env_close(environment_);
  }

  std::string path_;
  MDB_env* environment_ = nullptr;
  MDB_txn* transaction_ = nullptr;
  MDB_cursor* cursor_ = nullptr;
};

}  // namespace

std::unique_ptr<ImageSource> open_image_lmdb(const std::filesystem::path& folder) {
  return std::make_unique<LmdbSource>(folder);
}

}  // namespace cnclip

#include <lmdb.h>

#include "base/error.h"
#include "data/formats/official_lmdb.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// A transaction's records are gathered first, so that the map can grow between transactions: LMDB's own map of the
// official packer, 1 TiB, is refused by some file systems.
constexpr std::size_t kBatchRecords = 1000;
constexpr std::size_t kBatchBytes = std::size_t{64} << 20;
constexpr std::size_t kMapStep = std::size_t{1} << 30;

}  // namespace

struct LmdbWriter::Impl {
  fs::path folder, partial;
  MDB_env* environment = nullptr;
  std::vector<std::pair<std::string, std::string>> batch;
  std::size_t batch_bytes = 0, map_size = 0;

  void check(int code) const {
    if (code != 0) throw_bad_input("{}: LMDB: cannot write: {}", folder.string(), mdb_strerror(code));
  }

  void make_room() {
    MDB_envinfo info;
    check(mdb_env_info(environment, &info));
    MDB_stat stat;
    check(mdb_env_stat(environment, &stat));
    const std::size_t used = (info.me_last_pgno + 1) * stat.ms_psize;
    // Pages of keys and values half full, page headers, and the list of free pages.
    const std::size_t needed = used + 2 * batch_bytes + batch.size() * 4 * stat.ms_psize + (std::size_t{64} << 20);
    if (needed <= map_size) return;
    map_size = (2 * needed + kMapStep - 1) / kMapStep * kMapStep;
    check(mdb_env_set_mapsize(environment, map_size));
  }

  void flush() {
    make_room();
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(environment, nullptr, 0, &transaction));
    try {
      MDB_dbi table = 0;
      check(mdb_dbi_open(transaction, nullptr, 0, &table));
      for (auto& [key, value] : batch) {
        MDB_val k{key.size(), key.data()}, v{value.size(), value.data()};
        check(mdb_put(transaction, table, &k, &v, 0));
      }
    } catch (...) {
      mdb_txn_abort(transaction);
      throw;
    }
    check(mdb_txn_commit(transaction));
    batch.clear();
    batch_bytes = 0;
  }
};

LmdbWriter::LmdbWriter(const fs::path& folder) : impl_(std::make_unique<Impl>()) {
  impl_->folder = folder;
  impl_->partial = folder;
  impl_->partial += ".partial";
  fs::remove_all(impl_->partial);  // of a run that was killed
  fs::create_directories(impl_->partial);
  impl_->check(mdb_env_create(&impl_->environment));
  impl_->map_size = kMapStep;
  impl_->check(mdb_env_set_mapsize(impl_->environment, impl_->map_size));
  // One process writes; commit() syncs once for all.
  impl_->check(mdb_env_open(impl_->environment, impl_->partial.c_str(), MDB_NOSYNC | MDB_NOLOCK, 0644));
}

LmdbWriter::~LmdbWriter() {
  if (impl_->environment == nullptr) return;
  mdb_env_close(impl_->environment);
  std::error_code ignored;
  fs::remove_all(impl_->partial, ignored);
}

void LmdbWriter::put(std::string key, std::string value) {
  impl_->batch_bytes += key.size() + value.size();
  impl_->batch.emplace_back(std::move(key), std::move(value));
  if (impl_->batch.size() == kBatchRecords || impl_->batch_bytes >= kBatchBytes) impl_->flush();
}

std::uint64_t LmdbWriter::commit() {
  impl_->flush();
  impl_->check(mdb_env_sync(impl_->environment, 1));
  mdb_env_close(std::exchange(impl_->environment, nullptr));
  fs::rename(impl_->partial, impl_->folder);
  return fs::file_size(impl_->folder / "data.mdb");
}

}  // namespace cnclip

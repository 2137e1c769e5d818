// Official weights from a hub: resumed where a transfer broke off, checked against the size and digest that the hub
// gives for the file.
#include <fcntl.h>
#include <httplib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/sha256.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "encode/model_store.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

struct Url {
  std::string host;  // scheme and host
  std::string path;
};

Url split(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) throw_usage("{}: not an http or https address", url);
  const std::size_t path = std::min(url.find('/', scheme + 3), url.size());
  return {url.substr(0, path), path < url.size() ? url.substr(path) : "/"};
}

std::string header(const httplib::Response& response, const char* name) {
  std::string value = response.get_header_value(name);
  std::erase(value, '"');
  return value;
}

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// What the hub says of the file, before any redirect hides it.
struct Expected {
  std::string sha256;  // empty when the hub gives none
  std::uint64_t size = 0;
};

Expected ask(std::string url) {
  constexpr int kMaxRedirects = 8;
  Expected expected;
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    const Url parts = split(url);
    httplib::Client client(parts.host);
    const auto answer = client.Head(parts.path);
    if (!answer) throw_unavailable("{}: {}", url, httplib::to_string(answer.error()));
    if (answer->status >= 400) {
      if (redirects > 0) break;  // stores of large files let nobody ask, only fetch
      throw_unavailable("{}: the server answers {}", url, answer->status);
    }
    const std::string tag =
        header(*answer, "X-Linked-Etag").empty() ? header(*answer, "ETag") : header(*answer, "X-Linked-Etag");
    if (is_digest(tag)) expected.sha256 = tag;
    const std::string size = header(*answer, "X-Linked-Size").empty() && answer->status == 200
                                 ? header(*answer, "Content-Length")
                                 : header(*answer, "X-Linked-Size");
    if (!size.empty()) expected.size = std::strtoull(size.c_str(), nullptr, 10);
    const std::string next = header(*answer, "Location");
    if (answer->status < 300 || next.empty() || expected.size > 0) break;
    url = next.starts_with('/') ? parts.host + next : next;
  }
  return expected;
}

enum class Fetched { all, not_resumed };

// Goes on where `part` ends. `not_resumed`: the server has the file, but not from that place on.
Fetched fetch(const std::string& url, const fs::path& part) {
  const Url parts = split(url);
  httplib::Client client(parts.host);
  client.set_follow_location(true);
  client.set_read_timeout(60);
  std::uint64_t have = fs::exists(part) ? fs::file_size(part) : 0;
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) throw_bad_input("{}: cannot create: {}", part.string(), std::strerror(errno));
  const auto closer = std::unique_ptr<const int, void (*)(const int*)>(&file, [](const int* f) { ::close(*f); });
  httplib::Headers headers;
  if (have > 0) headers.emplace("Range", fmt::format("bytes={}-", have));
  int refused = 0;
  std::string full;
  bool not_resumed = false;
  const auto answer = client.Get(
      parts.path, headers,
      [&](const httplib::Response& response) {
        const std::string range = header(response, "Content-Range");
        if (response.status == 200) {
          have = 0;  // the server does not resume: from the start
        } else if (response.status == 416 ||
                   (response.status == 206 && !range.starts_with(fmt::format("bytes {}-", have)))) {
          not_resumed = true;
          return false;
        } else if (response.status != 206) {
          refused = response.status;
          return false;
        }
        return ::ftruncate(file, static_cast<off_t>(have)) == 0 && ::lseek(file, 0, SEEK_END) >= 0;
      },
      [&](const char* data, std::size_t size) {
        while (size > 0) {
          const ssize_t done = ::write(file, data, size);
          if (done <= 0) {
            full = std::strerror(errno);
            return false;
          }
          data += done;
          size -= static_cast<std::size_t>(done);
        }
        return true;
      });
  if (not_resumed) return Fetched::not_resumed;
  if (refused != 0) throw_unavailable("{}: the server answers {}", url, refused);
  if (full.empty() && ::fsync(file) != 0) full = std::strerror(errno);
  if (!full.empty()) throw_bad_input("{}: cannot write: {}", part.string(), full);
  if (!answer)
    throw_unavailable("{}: {}; run the command again to go on from there", url, httplib::to_string(answer.error()));
  return Fetched::all;
}

std::string digest(const fs::path& path) {
  const auto file = MappedFile::open(path);
  Sha256 hash;
  constexpr std::size_t kStep = std::size_t{16} << 20;
  for (std::size_t at = 0; at < file->size(); at += kStep) {
    const std::size_t length = std::min(kStep, file->size() - at);
    hash.update({file->slice(at, length).get(), length});
  }
  return hash.hex();
}

void download(const std::string& name, const std::string& from, std::string endpoint, const std::string& sha256) {
  const Release* release = find_release(name);
  if (release == nullptr) throw_usage("{}: has no released weights; `cnclip models` lists those that have", name);
  const bool modelscope = from == "modelscope";
  if (endpoint.empty()) {
    const char* variable = std::getenv(modelscope ? "MODELSCOPE_ENDPOINT" : "HF_ENDPOINT");
    endpoint = variable != nullptr ? variable : modelscope ? "https://modelscope.cn" : "https://huggingface.co";
  }
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const std::string url =
      modelscope
          ? fmt::format("{}/models/AI-ModelScope/{}/resolve/master/{}", endpoint, release->repository, release->file)
          : fmt::format("{}/OFA-Sys/{}/resolve/main/{}", endpoint, release->repository, release->file);
  const fs::path target = model_store() / release->file;
  if (fs::exists(target)) {
    if (!sha256.empty() && digest(target) != sha256) {
      throw_bad_input("{}: is there already, and its sha256 is {}, not {}", target.string(), digest(target), sha256);
    }
    return note(fmt::format("{}: is there already", target.string()));
  }
  fs::create_directories(target.parent_path());
  fs::path part = target;
  part += ".part";
  Expected expected = ask(url);
  if (!sha256.empty()) expected.sha256 = sha256;
  const bool whole = expected.size > 0 && fs::exists(part) && fs::file_size(part) == expected.size;
  if (!whole && fetch(url, part) == Fetched::not_resumed) {
    fs::remove(part);
    if (fetch(url, part) != Fetched::all) throw_unavailable("{}: the server gives parts that were not asked for", url);
  }
  if (const auto size = fs::file_size(part); expected.size > 0 && size != expected.size) {
    if (size > expected.size) fs::remove(part);
    throw_unavailable("{}: {} of {} bytes came; run the command again", url, size, expected.size);
  }
  const std::string got = digest(part);
  if (!expected.sha256.empty() && got != expected.sha256) {
    fs::remove(part);
    throw_bad_input("{}: sha256 is {}, {} was expected; the file was removed", url, got, expected.sha256);
  }
  fs::rename(part, target);
  note(fmt::format("{}: {} bytes, sha256 {}{}", target.string(), fs::file_size(target), got,
                   expected.sha256.empty() ? " (not checked: the server gives none)" : ""));
}

}  // namespace

void add_download(CLI::App& app) {
  struct Options {
    std::string name, from = "huggingface", endpoint, sha256;
  };
  auto* command = app.add_subcommand("download", "Official weights into the model store, resumable and checked");
  auto options = std::make_shared<Options>();
  command->add_option("name", options->name, "A released model of `cnclip models`")->required();
  command->add_option("--from", options->from, "Hub")->check(CLI::IsMember({"huggingface", "modelscope"}));
  command->add_option("--endpoint", options->endpoint, "Mirror (also $HF_ENDPOINT, $MODELSCOPE_ENDPOINT)");
  command->add_option("--sha256", options->sha256, "Digest that the file must have")
      ->check([](const std::string& text) {
        return is_digest(text) ? "" : fmt::format("{} is not 64 lower-case hexadecimal digits", text);
      });
  command->callback([options] { download(options->name, options->from, options->endpoint, options->sha256); });
}

}  // namespace cnclip

#include "fetch/answer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fetch/failure.h"

namespace cnclip::fetch {
namespace {

// The body, or why there is none; `piece` bytes come at a time.
std::string answered(std::string_view bytes, std::size_t piece, std::size_t most = 100, std::size_t room = 1000) {
  const More more = [&](std::span<char> to) {
    const std::size_t count = std::min({piece, bytes.size(), to.size()});
    std::ranges::copy(bytes.substr(0, count), to.begin());
    bytes.remove_prefix(count);
    return count;
  };
  const auto take = [&](std::size_t count) {
    if (count > room) return false;
    room -= count;
    return true;
  };
  try {
    return "body " + read_answer(more, {most, take});
  } catch (const FetchError& error) {
    switch (error.failure()) {
      case Failure::redirect: return "redirect";
      case Failure::too_large: return "too large";
      case Failure::no_room: return "no room";
      case Failure::no_answer: return "no answer";
      default: return error.what();
    }
  }
}

const std::string kOk = "HTTP/1.1 200 OK\r\n";

TEST(Answer, InEveryForm) {
  const std::pair<std::string, const char*> cases[] = {
      {kOk + "Content-Length: 5\r\n\r\nhello", "body hello"},
      {kOk + "content-length:5 \r\nServer: x\r\n\r\nhello, and more", "body hello"},
      {"HTTP/1.0 200\r\n\r\nhello", "body hello"},
      {kOk + "Content-Length: 0\r\n\r\n", "body "},
      {kOk + "\r\n", "body "},
      {kOk + "Transfer-Encoding: Chunked\r\n\r\n3\r\nhel\r\n02; x=y\r\nlo\r\n0\r\nTrailer: x\r\n\r\n", "body hello"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "body "},
      {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + kOk +
           "Content-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi",
       "body hi"},
      {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "redirect"},
      {"HTTP/1.1 304 Not Modified\r\n\r\n", "redirect"},
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", "no answer"},
      {"HTTP/1.1 206 Partial\r\nContent-Length: 5\r\n\r\nhello", "no answer"},
      {kOk + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "no answer"},
      // Larger than they may be, whether they say so or not.
      {kOk + "Content-Length: 101\r\n\r\n", "too large"},
      {kOk + "Content-Length: 99999999999999999999999\r\n\r\n", "too large"},
      {kOk + "\r\n" + std::string(101, 'a'), "too large"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n64\r\n" + std::string(100, 'a') + "\r\n1\r\na\r\n0\r\n", "too large"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\na", "too large"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na", "too large"},
      // No HTTP, or two programs could read it differently.
      {"", "no answer"},
      {"\r\n\r\n", "no answer"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "no answer"},
      {"HTTP/2 200\r\n\r\n", "no answer"},
      {"HTTP/1.1 2000\r\n\r\n", "no answer"},
      {"HTTP/1.1 20\r\n\r\n", "no answer"},
      {"HTTP/1.1 -20 OK\r\n\r\n", "no answer"},
      {"HTTP/1.1 200 OK\r\n", "no answer"},
      {"HTTP/1.1 200 OK\n\nhello", "no answer"},
      {kOk + "Content-Length: 5\r\n\r\nhell", "no answer"},
      {kOk + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "no answer"},
      {kOk + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "no answer"},
      {kOk + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n", "no answer"},
      {kOk + "Content-Length: -5\r\n\r\nhello", "no answer"},
      {kOk + "Content-Length: \r\n\r\nhello", "no answer"},
      {kOk + "Content-Length: 5,5\r\n\r\nhello", "no answer"},
      {kOk + "no colon\r\n\r\nhello", "no answer"},
      {kOk + " folded: x\r\n\r\nhello", "no answer"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n\r\n", "no answer"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nhel\r\n0\r\n", "no answer"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n", "no answer"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel", "no answer"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", "no answer"},
      {kOk + "Transfer-Encoding: chunked\r\n\r\n" + std::string(300, '0') + "\r\n", "no answer"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 "
       "Continue\r\n\r\n"
       "HTTP/1.1 100 Continue\r\n\r\n" +
           kOk + "Content-Length: 2\r\n\r\nhi",
       "no answer"},
  };
  for (const auto& [bytes, wanted] : cases) {
    for (const std::size_t piece : {1, 7, 100'000})
      EXPECT_EQ(answered(bytes, piece), wanted) << bytes << " by " << piece;
  }
}

TEST(Answer, HeadersAreBounded) {
  EXPECT_EQ(answered(kOk + "A: " + std::string(15'000, 'a') + "\r\n\r\nhello", 1000), "body hello");
  EXPECT_EQ(answered(kOk + "A: " + std::string(17'000, 'a') + "\r\n\r\nhello", 1000), "no answer");
  EXPECT_EQ(answered(kOk + "A: " + std::string(1'000'000, 'a'), 100'000), "no answer");
}

TEST(Answer, BytesInMemoryAreAskedFor) {
  EXPECT_EQ(answered(kOk + "Content-Length: 50\r\n\r\n" + std::string(50, 'a'), 10, 100, 50),
            "body " + std::string(50, 'a'));
  EXPECT_EQ(answered(kOk + "Content-Length: 51\r\n\r\n" + std::string(51, 'a'), 10, 100, 50), "no room");
}

}  // namespace
}  // namespace cnclip::fetch

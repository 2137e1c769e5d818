// A client's socket, with bounds on bytes and time that hold for a whole request, however slowly it comes.
#pragma once

#include <httplib.h>

#include <atomic>
#include <string>

#include "serve/budget.h"
#include "serve/request_head.h"

namespace cnclip::serve {

// One thread reads and writes; does not own the socket, which is non-blocking.
class SocketStream final : public httplib::Stream {
 public:
  SocketStream(int socket, const Limits& limits, Budget& bodies);
  ~SocketStream() override;

  // Waits for the next request. Empty when the client has left or stayed idle. Throws ApiError for one that is too
  // long or too slow.
  std::string read_head();
  // What follows is the request of this head. Bytes of its body are taken from the budget until release_body().
  void begin(const RequestHead& head);
  void release_body();  // it is in memory no more

  enum class Trouble { none, too_large, too_slow, no_room, gone };
  Trouble trouble() const { return trouble_; }                 // why the body, or the answer, did not pass
  bool between_requests() const { return between_requests_; }  // from any thread
  // Nobody waits for the answer: the client has closed its side and sent nothing more.
  bool client_gone() const;
  // Lets what was written arrive, although the client may still be sending.
  void linger();

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }
  using httplib::Stream::write;

 private:
  enum class Filled { some, ended, late };
  Filled fill(Clock::time_point deadline);  // more bytes into buffer_
  ssize_t stop(Trouble trouble);

  const int socket_;
  const Limits& limits_;
  Budget& bodies_;
  std::string buffer_;  // what came and is not used yet
  std::size_t at_ = 0;  // in buffer_
  std::string head_;    // of the request under way
  std::size_t head_at_ = 0;
  std::size_t body_left_ = 0;  // bytes that may still come
  std::size_t taken_ = 0;      // of the budget
  Clock::time_point body_deadline_, write_deadline_;
  bool writing_ = false;
  Trouble trouble_ = Trouble::none;
  std::atomic<bool> between_requests_ = true;
};

}  // namespace cnclip::serve

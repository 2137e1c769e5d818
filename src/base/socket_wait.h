#pragma once

#include <chrono>

namespace cnclip {

// Until the socket is ready for `what` (POLLIN, POLLOUT). False when the deadline passes first.
bool wait_for_socket(int socket, short what, std::chrono::steady_clock::time_point deadline);

}  // namespace cnclip

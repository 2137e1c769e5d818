// What libjpeg calls when something is wrong.
#pragma once

#include <csetjmp>
// jpeglib.h wants size_t and FILE.
#include <jpeglib.h>

#include <cstddef>
#include <cstdio>

namespace cnclip {

// libjpeg's error callback must not return, and exceptions must not pass through its frames: it jumps back to the
// method that set `escape` and called libjpeg. Such methods hold nothing that has a destructor.
struct JpegErrors {
  jpeg_error_mgr base;  // first: libjpeg knows the whole by its address
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];

  jpeg_error_mgr* install() {
    jpeg_std_error(&base);
    base.error_exit = on_error;
    return &base;
  }
  static JpegErrors& of(j_common_ptr info) { return *reinterpret_cast<JpegErrors*>(info->err); }
  static void on_error(j_common_ptr info) {
    info->err->format_message(info, of(info).message);
    std::longjmp(of(info).escape, 1);
  }
};

}  // namespace cnclip

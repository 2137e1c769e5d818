#include "serve/request_head.h"

#include <gtest/gtest.h>

#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

Limits small() {
  Limits limits;
  limits.headers = 5;
  limits.target_bytes = 20;
  limits.body_bytes = 1000;
  return limits;
}

std::string refused(std::string head) {
  head += "\r\n";
  try {
    check_head(head, small());
  } catch (const ApiError& error) {
    return std::to_string(error.status()) + " " + error.code();
  }
  return "taken";
}

const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n", kPost = "POST /x HTTP/1.1\r\nHost: h\r\n";

TEST(RequestHead, TakesWhatIsPlain) {
  EXPECT_EQ(refused(kGet), "taken");
  EXPECT_EQ(refused("GET / HTTP/1.0\r\n"), "taken");
  EXPECT_EQ(refused("GET / HTTP/1.0\r\nVia: HTTP/1.1\r\n"), "taken");
  EXPECT_EQ(refused(kPost + "Content-Length: 1000\r\n"), "taken");
  EXPECT_EQ(refused(kPost + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"), "taken");
  const RequestHead head =
      check_head(kPost + "content-length:  12 \r\nConnection: close\r\nX-Request-ID: a-1\r\n\r\n", small());
  EXPECT_EQ(head.content_length, 12);
  EXPECT_TRUE(head.has_body);
  EXPECT_FALSE(head.keep_alive);
  EXPECT_EQ(head.request_id, "a-1");
}

TEST(RequestHead, TheTypeOfTheBodyIsKeptFromTheLibrary) {
  const RequestHead head =
      check_head(kPost + "Content-Length: 1\r\ncontent-type:  multipart/form-data; boundary=x \r\n\r\n", small());
  EXPECT_EQ(head.content_type, "multipart/form-data; boundary=x");
  EXPECT_EQ(head.bytes, kPost + "Content-Length: 1\r\n\r\n");
  EXPECT_EQ(refused(kPost + "Content-Length: 1\r\nContent-Type: a\r\nContent-Type: a\r\n"), "400 malformed_request");
}

TEST(RequestHead, WhatTwoProgramsCouldReadDifferentlyIsRefused) {
  EXPECT_EQ(refused(kPost + "Content-Length: 3\r\nContent-Length: 3\r\n"), "400 malformed_request");
  EXPECT_EQ(refused(kPost + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), "400 malformed_request");
  EXPECT_EQ(refused(kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "501 transfer_encoding");
  EXPECT_EQ(refused(kPost + "Transfer-Encoding: gzip, chunked\r\n"), "501 transfer_encoding");
  for (const char* length : {"", "+3", "-3", "0x3", "3,3", "3 3", "3a"}) {
    EXPECT_EQ(refused(kPost + "Content-Length: " + length + "\r\n"), "400 malformed_request") << length;
  }
  EXPECT_EQ(refused(kGet + "Content-Length: 3\r\n"), "400 malformed_request");
  EXPECT_EQ(refused(kGet + "Transfer-Encoding: chunked\r\n"), "400 malformed_request");
  EXPECT_EQ(refused(kGet + "Host: other\r\n"), "400 malformed_request");
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n"), "400 malformed_request");
  EXPECT_EQ(refused("GET / HTTP/1.1\nHost: h\n"), "400 malformed_request");
  EXPECT_EQ(refused(kGet + " folded: x\r\n"), "400 malformed_request");
  EXPECT_EQ(refused(kGet + "Name : x\r\n"), "400 malformed_request");
  EXPECT_EQ(refused(kGet + "no colon\r\n"), "400 malformed_request");
  EXPECT_EQ(refused(kGet + std::string("A: \0\r\n", 7)), "400 malformed_request");
  EXPECT_EQ(refused(kGet + "A: b\rC: d\r\n"), "400 malformed_request");
}

TEST(RequestHead, LimitsHaveCodesOfTheirOwn) {
  EXPECT_EQ(refused(kPost + "Content-Length: 1001\r\n"), "413 body_too_large");
  EXPECT_EQ(refused(kPost + "Content-Length: 99999999999999999999999\r\n"), "413 body_too_large");
  EXPECT_EQ(refused(kPost), "411 length_required");
  EXPECT_EQ(refused(kGet + "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n"), "431 too_many_headers");
  EXPECT_EQ(refused("GET /" + std::string(20, 'a') + " HTTP/1.1\r\nHost: h\r\n"), "414 path_too_long");
  EXPECT_EQ(refused(kPost + "Content-Length: 1\r\nContent-Encoding: gzip\r\n"), "415 content_encoding");
  EXPECT_EQ(refused(kPost + "Content-Length: 1\r\nExpect: tea\r\n"), "417 expectation");
}

TEST(RequestHead, RequestLines) {
  EXPECT_EQ(refused("DELETE / HTTP/1.1\r\nHost: h\r\n"), "405 method_not_allowed");
  EXPECT_EQ(refused("GET / HTTP/2.0\r\nHost: h\r\n"), "505 http_version");
  for (const char* line : {"GET / / HTTP/1.1", "GET  HTTP/1.1", "GET http://h/ HTTP/1.1", "GET * HTTP/1.1",
                           "GET /\xe7 HTTP/1.1", "GET /#a HTTP/1.1", "GET", "G(T / HTTP/1.1", " GET / HTTP/1.1"}) {
    EXPECT_EQ(refused(std::string(line) + "\r\nHost: h\r\n"), "400 malformed_request") << line;
  }
}

TEST(RequestHead, RangesAreNotSeenByTheLibrary) {
  EXPECT_EQ(check_head(kGet + "rAnge: bytes=0-,0-,0-\r\nA: 1\r\n\r\n", small()).bytes, kGet + "A: 1\r\n\r\n");
}

}  // namespace
}  // namespace cnclip::serve

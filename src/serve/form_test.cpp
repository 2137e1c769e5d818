#include "serve/form.h"

#include <gtest/gtest.h>

#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

const std::string kType = "multipart/form-data; boundary=XX";

Limits small() {
  Limits limits;
  limits.items = 2;
  limits.part_head_bytes = 200;
  return limits;
}

std::string refused(const std::string& body, const std::string& type = kType) {
  try {
    parse_form(type, body, small());
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status(), 400);
    return error.code() + ": " + error.what();
  }
  return "taken";
}

std::string part(const std::string& disposition, const std::string& bytes, const std::string& more = "") {
  return "--XX\r\nContent-Disposition: form-data; " + disposition + "\r\n" + more + "\r\n" + bytes + "\r\n";
}

TEST(Form, PartsAsTheyStand) {
  const std::string picture("\0\r\n--X\r\n--\r\n\r\n\xff", 16);
  const std::string body = part("name=\"image\"; filename=\"猫;\\\".jpg\"", picture) + part("name=text", "雪") +
                           part("name=\"empty\"", "") + part("name=k", "5", "Content-Type: application/json\r\n") +
                           part("name=raw", "x", "Content-Type: image/png\r\nContent-Length: 99\r\n") + "--XX--\r\n";
  const std::vector<FormPart> parts = parse_form("Multipart/Form-Data; charset=utf-8; boundary=\"XX\"", body, small());
  ASSERT_EQ(parts.size(), 5);
  EXPECT_EQ(parts[0].name, "image");
  EXPECT_EQ(parts[0].bytes, picture);
  EXPECT_TRUE(parts[0].is_file);
  EXPECT_EQ(parts[1].bytes, "雪");
  EXPECT_FALSE(parts[1].is_file);
  EXPECT_EQ(parts[2].bytes, "");
  EXPECT_FALSE(parts[3].is_file);
  EXPECT_TRUE(parts[4].is_file);
  EXPECT_TRUE(parse_form(kType, "--XX--", small()).empty());
}

TEST(Form, BoundariesOfEveryKind) {
  for (const std::string& boundary :
       {std::string("----WebKitFormBoundary7MA4YWxkTrZu0gW"), std::string("a b'()+_,-./:=?c"), std::string(70, '-')}) {
    EXPECT_EQ(refused("--" + boundary + "--", "multipart/form-data; boundary=\"" + boundary + "\""), "taken")
        << boundary;
  }
  for (const std::string& type :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        std::string("multipart/form-data; boundary=\"\""), std::string("multipart/form-data; boundary=\"a \""),
        std::string("multipart/form-data; boundary=\"a\\\\b\""),
        "multipart/form-data; boundary=" + std::string(71, 'a'),
        std::string("multipart/form-data; boundary=a; boundary=a")}) {
    EXPECT_TRUE(refused("--a--", type).starts_with("invalid_form")) << type;
  }
}

TEST(Form, WhatIsWrongIsNamedWithItsPlace) {
  const std::string good = part("name=a", "b");
  const std::pair<std::string, const char*> cases[] = {
      {"", "does not begin with the boundary"},
      {"\r\n" + good + "--XX--", "does not begin with the boundary"},
      {"--YY--", "does not begin with the boundary"},
      {"--XX", "at byte 4"},
      {"--XX-", "at byte 4"},
      {"--XX--\r\nmore", "at byte 4"},
      {"--XXY\r\n\r\n", "at byte 4"},
      {good + "--XX", "at byte 55"},
      {good + "--XX \r\n", "at byte 55"},
      {good, "part 1, at byte 4: no boundary follows it"},
      {good + "--XX\r\n", "part 2, at byte 55: its headers have no end"},
      {good + "--XX\r\nContent-Disposition: form-data; name=a\r\n", "part 2, at byte 55: its headers have no end"},
      {"--XX\r\n\r\nb\r\n--XX--", "part 1, at byte 4: its headers have no end"},
      {"--XX\r\nContent-Type: text/plain\r\n\r\nb\r\n--XX--", "has no Content-Disposition"},
      {"--XX\r\nContent-Disposition: form-data\r\n\r\nb\r\n--XX--", "not form-data with a name"},
      {"--XX\r\nContent-Disposition: attachment; name=a\r\n\r\nb\r\n--XX--", "not form-data with a name"},
      {part("name=\"a", "b") + "--XX--", "not form-data with a name"},
      {part("name=a; name=b", "b") + "--XX--", "not form-data with a name"},
      {part("name=a", "b", "Content-Disposition: form-data; name=c\r\n") + "--XX--",
       "Content-Disposition stands twice"},
      {part("name=a", "b", "Content-Type: text/plain\r\nContent-Type: image/png\r\n") + "--XX--",
       "Content-Type stands twice"},
      {part("name=a", "b", "Content-Type: text/plain; charset=gbk\r\n") + "--XX--", "is to be UTF-8"},
      {part("name=a", "b", "Content-Type: a; b\r\n") + "--XX--", "its Content-Type is none"},
      {part("name=a", "b", "Content-Transfer-Encoding: base64\r\n") + "--XX--", "must not be encoded"},
      {part("name=a", "b", " folded\r\n") + "--XX--", "a line of its headers is none"},
      {part("name=a", "b", "no colon\r\n") + "--XX--", "a line of its headers is none"},
      {part("name=a", "b", "A: \x01\r\n") + "--XX--", "a line of its headers is none"},
      {part("name=a", "b", "A: b\nC: d\r\n") + "--XX--", "a line of its headers is none"},
  };
  for (const auto& [body, what] : cases) {
    const std::string told = refused(body);
    EXPECT_TRUE(told.starts_with("invalid_form: the form: ")) << body << told;
    EXPECT_NE(told.find(what), std::string::npos) << body << told;
  }
}

TEST(Form, PartsAndTheirHeadersAreBounded) {
  std::string body;
  for (int i = 0; i < 18; ++i) body += part("name=a", "b");
  EXPECT_EQ(refused(body + "--XX--"), "taken");
  EXPECT_TRUE(refused(body + part("name=a", "b") + "--XX--").starts_with("too_many_parts"));
  EXPECT_TRUE(
      refused(part("name=\"" + std::string(200, 'a') + "\"", "b") + "--XX--").starts_with("part_headers_too_large"));
}

}  // namespace
}  // namespace cnclip::serve

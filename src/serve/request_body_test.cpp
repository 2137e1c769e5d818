#include "serve/request_body.h"

#include <gtest/gtest.h>

#include "serve/api_error.h"
#include "serve/requests.h"
#include "serve/search_request.h"

namespace cnclip::serve {
namespace {

struct Part {
  std::string name, bytes;
  bool file = false;
};

HttpRequest form(const std::vector<Part>& parts) {
  HttpRequest request;
  request.content_type = "multipart/form-data; boundary=XX";
  for (const Part& part : parts) {
    request.body += "--XX\r\nContent-Disposition: form-data; name=\"" + part.name + "\"" +
                    (part.file ? "; filename=\"a\"" : "") + "\r\n\r\n" + part.bytes + "\r\n";
  }
  request.body += "--XX--\r\n";
  return request;
}

std::string refused(const std::vector<Part>& parts) {
  try {
    parse_search(read_body(form(parts), {}), {});
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status(), 400);
    const auto param = nlohmann::json::parse(error.json())["error"]["param"];
    return error.code() + (param.is_null() ? "" : " " + param.get<std::string>());
  }
  return "taken";
}

TEST(RequestBody, TypesOfContent) {
  EXPECT_EQ(body_type("application/json"), BodyType::json);
  EXPECT_EQ(body_type("Application/JSON ; charset=utf-8"), BodyType::json);
  EXPECT_EQ(body_type("multipart/form-data; boundary=a"), BodyType::form);
  for (const char* type : {"", "text/plain", "multipart/mixed; boundary=a", "application/x-www-form-urlencoded"}) {
    EXPECT_EQ(body_type(type), BodyType::other) << type;
  }
}

TEST(RequestBody, AFormIsTheSearchThatJsonWouldBe) {
  const std::string picture("\0\xff\r\n", 4);
  const SearchRequest request = parse_search(read_body(form({{"text", "猫"},
                                                             {"image", picture, true},
                                                             {"row", "7"},
                                                             {"image_weight", "0.25"},
                                                             {"k", "3"},
                                                             {"negative", "5"},
                                                             {"filter", R"({"folder":"a/b","tags":["t"]})"}}),
                                                       {}),
                                             {});
  EXPECT_EQ(request.text, "猫");
  EXPECT_EQ(request.negative, "5");
  EXPECT_EQ(request.picture->bytes, picture);
  EXPECT_EQ(request.row, 7);
  EXPECT_EQ(request.image_weight, 0.25);
  EXPECT_EQ(request.k, 3);
  EXPECT_EQ(request.filter.folder, "a/b");
  EXPECT_EQ(parse_search(read_body(form({{"image", "Zm9v"}}), {}), {}).picture->bytes, "foo");  // a text: base64
}

TEST(RequestBody, NamesThatComeAgainMakeLists) {
  const auto embeddings = parse_embeddings(
      read_body(form({{"input", "猫"}, {"input", "bytes", true}, {"input", "狗"}, {"dimensions", "4"}}), {}), 8, {});
  ASSERT_EQ(embeddings.inputs.size(), 3);
  EXPECT_EQ(embeddings.inputs[0].bytes, "猫");
  EXPECT_EQ(embeddings.inputs[1].kind, Input::Kind::picture);
  EXPECT_EQ(embeddings.inputs[1].bytes, "bytes");
  EXPECT_EQ(embeddings.inputs[2].param, "input[2]");
  EXPECT_EQ(embeddings.dimensions, 4);
  const auto similarity =
      parse_similarity(read_body(form({{"left", "p", true}, {"right", "a"}, {"right", "b"}}), {}), {});
  EXPECT_EQ(similarity.left[0].kind, Input::Kind::picture);
  EXPECT_EQ(similarity.right.size(), 2);
  const auto classify = parse_classify(
      read_body(form({{"image", "p", true}, {"labels", "猫"}, {"labels", "狗"}, {"templates", "一张{}"}}), {}), {});
  EXPECT_EQ(classify.labels.size(), 2);
  EXPECT_EQ(classify.templates, std::vector<std::string>{"一张{}"});
}

TEST(RequestBody, WhatIsWrongInAFormIsNamedAsInJson) {
  EXPECT_EQ(refused({{"text", "猫"}, {"k", "5"}}), "taken");
  EXPECT_EQ(refused({}), "missing_field text");
  EXPECT_EQ(refused({{"text", "猫"}, {"k", "0"}}), "out_of_range k");
  EXPECT_EQ(refused({{"text", "猫"}, {"k", "five"}}), "invalid_json k");
  EXPECT_EQ(refused({{"text", "猫"}, {"k", ""}}), "invalid_json k");
  EXPECT_EQ(refused({{"text", "猫"}, {"k", "\"5\""}}), "wrong_type k");
  EXPECT_EQ(refused({{"text", "猫"}, {"k", "5", true}}), "wrong_type k");
  EXPECT_EQ(refused({{"text", "猫"}, {"k", "5"}, {"k", "6"}}), "repeated_field k");
  EXPECT_EQ(refused({{"text", "猫"}, {"text", "狗"}}), "wrong_type text");
  EXPECT_EQ(refused({{"text", "猫", true}}), "wrong_type text");
  EXPECT_EQ(refused({{"text", "\xff"}}), "invalid_form text");
  EXPECT_EQ(refused({{"text", std::string(20'000, 'a')}}), "text_too_long text");
  EXPECT_EQ(refused({{"image", "", true}}), "invalid_image image");
  EXPECT_EQ(refused({{"image", "a", true}, {"image", "b", true}}), "wrong_type image");
  EXPECT_EQ(refused({{"text", "猫"}, {"x", "y"}}), "unknown_field x");
  EXPECT_EQ(refused({{"text", "猫"}, {"", "y"}}), "unknown_field");
  EXPECT_EQ(refused({{"text", "猫"}, {"filter", R"({"path":"x"})"}}), "unknown_field filter.path");
  EXPECT_EQ(refused({{"text", "猫"}, {"filter", std::string(100, '[')}}), "json_too_deep filter");
}

}  // namespace
}  // namespace cnclip::serve

#include "serve/requests.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "serve/api_error.h"

namespace cnclip::serve {
namespace {

Limits small() {
  Limits limits;
  limits.items = 4;
  limits.text_bytes = 20;
  limits.json_depth = 4;
  limits.json_values = 100;
  return limits;
}

std::string refused(const std::function<void()>& parse) {
  try {
    parse();
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status(), 400);
    const auto json = nlohmann::json::parse(error.json());
    EXPECT_EQ(json["error"]["code"], error.code());
    const auto& param = json["error"]["param"];
    return error.code() + (param.is_null() ? "" : " " + param.get<std::string>());
  }
  return "taken";
}

std::string embeddings(const std::string& body) {
  return refused([&] { parse_embeddings(parse_json(body, small()), 8, small()); });
}

TEST(Requests, InputsOfEveryForm) {
  const std::string picture = encode_base64("bytes of a file");
  for (const std::string& body : std::vector<std::string>{
           R"({"input":"猫"})", R"({"input":["猫",""]})", R"({"input":{"text":"猫"}})",
           R"({"input":["猫",{"text":"狗"},{"image":")" + picture + R"("}]})",
           R"({"input":{"image":"data:image/png;base64,)" + picture + R"("}})",
           R"({"input":"猫","model":null,"user":"u","encoding_format":"base64","dimensions":8})"}) {
    EXPECT_EQ(embeddings(body), "taken") << body;
  }
  const auto request =
      parse_embeddings(parse_json(R"({"input":["猫",{"image":")" + picture + R"("}]})", small()), 8, small());
  EXPECT_EQ(request.inputs[1].bytes, "bytes of a file");
  EXPECT_EQ(request.inputs[1].param, "input[1].image");
  EXPECT_EQ(request.inputs[0].kind, Input::Kind::text);
}

TEST(Requests, PicturesByTheirAddress) {
  const Json body = parse_json(
      R"({"input":[{"image":"https://a.example/b.png"},{"type":"image_url","image_url":{"url":"HTTP://a/","detail":"low"}},
          {"image_url":"data:image/png;base64,Zg=="},{"type":"text","text":"https://a/"}]})",
      small());
  const auto inputs = parse_embeddings(body, 8, small()).inputs;
  EXPECT_EQ(inputs[0].address, "https://a.example/b.png");
  EXPECT_EQ(inputs[0].bytes, "");
  EXPECT_EQ(inputs[1].address, "HTTP://a/");
  EXPECT_EQ(inputs[1].param, "input[1].image_url.url");
  EXPECT_EQ(inputs[2].address, "");
  EXPECT_EQ(inputs[2].bytes, "f");
  EXPECT_EQ(inputs[3].kind, Input::Kind::text);
  EXPECT_EQ(inputs[3].address, "");
}

TEST(Requests, WhatIsWrongIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "invalid_json"},
      {"{", "invalid_json"},
      {"{} x", "invalid_json"},
      {"\"\xff\"", "invalid_json"},
      {R"({"input":"\ud800"})", "invalid_json"},
      {R"({"input":1e999})", "invalid_json"},
      {"[]", "wrong_type"},
      {"{}", "missing_field input"},
      {R"({"input":null})", "missing_field input"},
      {R"({"input":[]})", "empty_input input"},
      {R"({"input":"a","input":"b"})", "repeated_field"},
      {R"({"input":"a","x":1})", "unknown_field x"},
      {R"({"input":[{"text":"a","y":1}]})", "unknown_field input[0].y"},
      {R"({"input":["a","b","c","d","e"]})", "too_many_items input"},
      {R"({"input":["a","012345678901234567890"]})", "text_too_long input[1]"},
      {R"({"input":[1,2,3]})", "token_input input[0]"},
      {R"({"input":[[1,2,3]]})", "token_input input[0]"},
      {R"({"input":true})", "wrong_type input"},
      {R"({"input":[{}]})", "wrong_type input[0]"},
      {R"({"input":{"text":"a","image":"Zg=="}})", "wrong_type input"},
      {R"({"input":{"image":7}})", "wrong_type input.image"},
      {R"({"input":{"image":"Zg="}})", "invalid_base64 input.image"},
      {R"({"input":{"image":""}})", "invalid_image input.image"},
      {R"({"input":{"image":"data:image/png,abc"}})", "invalid_image input.image"},
      {R"({"input":{"image":"ftp://example.com/a.png"}})", "image_address input.image"},
      {R"({"input":{"image_url":{"url":"file:///etc/passwd"}}})", "image_address input.image_url.url"},
      {R"({"input":{"image_url":{"x":""}}})", "unknown_field input.image_url.x"},
      {R"({"input":{"image_url":{}}})", "missing_field input.image_url.url"},
      {R"({"input":{"image_url":"a","image":"Zg=="}})", "wrong_type input"},
      {R"({"input":{"type":"text","image":"Zg=="}})", "out_of_range input.type"},
      {R"({"input":{"type":"type","text":"a"}})", "out_of_range input.type"},
      {R"({"input":{"image":"file:///etc/passwd"}})", "image_address input.image"},
      {R"({"input":"a","dimensions":0})", "out_of_range dimensions"},
      {R"({"input":"a","dimensions":9})", "out_of_range dimensions"},
      {R"({"input":"a","dimensions":18446744073709551615})", "out_of_range dimensions"},
      {R"({"input":"a","dimensions":1.5})", "wrong_type dimensions"},
      {R"({"input":"a","encoding_format":"hex"})", "out_of_range encoding_format"},
      {R"({"input":"a","model":3})", "wrong_type model"},
      {"[[[[[[1]]]]]]", "json_too_deep"},
  };
  for (const auto& [body, code] : cases) EXPECT_EQ(embeddings(body), code) << body;
  std::string many = "[0";
  for (int i = 0; i < 100; ++i) many += ",0";
  EXPECT_EQ(embeddings(many + "]"), "json_too_large");
}

TEST(Requests, DeepJsonDoesNotTouchTheStack) {
  EXPECT_EQ(embeddings(std::string(1'000'000, '[')), "json_too_deep");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  EXPECT_EQ(embeddings(objects), "json_too_deep");
}

TEST(Requests, Similarity) {
  const auto parse = [](const std::string& body) {
    return refused([&] { parse_similarity(parse_json(body, small()), small()); });
  };
  EXPECT_EQ(parse(R"({"left":["a"],"right":"b"})"), "taken");
  EXPECT_EQ(parse(R"({"left":["a","b"],"right":["c","d","e"]})"), "too_many_items right");
  EXPECT_EQ(parse(R"({"left":"a"})"), "missing_field right");
}

TEST(Requests, Classify) {
  const auto parse = [](const std::string& body) {
    return refused([&] { parse_classify(parse_json(body, small()), small()); });
  };
  EXPECT_EQ(parse(R"({"image":"Zg==","labels":["猫","狗"]})"), "taken");
  EXPECT_EQ(parse(R"({"image":"Zg==","labels":["猫","狗"],"templates":["一张{}的照片","{}"]})"), "taken");
  EXPECT_EQ(parse(R"({"image":"Zg==","labels":["猫","狗"],"templates":["{}","{}","{}"]})"), "too_many_items labels");
  EXPECT_EQ(parse(R"({"image":"Zg==","labels":["猫"],"templates":["照片"]})"), "invalid_template templates[0]");
  EXPECT_EQ(parse(R"({"image":"Zg==","labels":["猫"],"templates":["{}{}"]})"), "invalid_template templates[0]");
  EXPECT_EQ(parse(R"({"image":"Zg==","labels":[{"image":"Zg=="}]})"), "wrong_type labels[0].image");
  EXPECT_EQ(parse(R"({"labels":["猫"]})"), "missing_field image");
}

}  // namespace
}  // namespace cnclip::serve

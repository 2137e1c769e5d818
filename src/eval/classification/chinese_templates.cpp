// Prompt templates written for this project.
#include <algorithm>
#include <array>
#include <span>

#include "eval/classification/prompts.h"

namespace cnclip::classification {
namespace {

using Texts = std::span<const std::string_view>;

constexpr std::string_view kGeneric[] = {
    "这张照片拍的是{}。",
    "图中可以看到{}。",
    "画面中央有{}。",
    "镜头对准了{}。",
    "随手拍下的{}。",
    "从远处拍到的{}。",
    "凑近了看{}。",
    "{}的全景。",
    "只拍到{}的一部分。",
    "有点糊的{}。",
    "光线很暗，但看得出是{}。",
    "阳光下的{}。",
    "插画里的{}。",
    "简笔画：{}。",
    "老照片上的{}。",
    "背景杂乱，主体是{}。",
    "白色背景上的{}。",
    "很小的{}。",
    "巨大的{}。",
    "一张以{}为主题的图片。",
    "手机相册里的{}。",
    "百科词条“{}”的配图。",
};
constexpr std::string_view kSatellite[] = {"从卫星上俯瞰{}。", "航拍画面：{}。", "遥感影像里的{}。",
                                           "高空垂直向下拍到的{}。", "地图软件里卫星图层上的{}。"};
constexpr std::string_view kTexture[] = {"{}表面。", "{}纹理的近景。", "一块{}材料。", "物体的表面是{}。",
                                         "{}图案铺满了整个画面。"};
constexpr std::string_view kFaces[] = {"一个人脸上的表情：{}。", "他看起来很{}。", "她露出{}的神情。", "{}时的人脸。",
                                       "表情为{}的黑白人像。"};
constexpr std::string_view kDigits[] = {"手写的{}。", "黑底白字写着{}。", "纸上有人写下{}。", "笔画歪斜的{}。"};
constexpr std::string_view kSigns[] = {"路边的交通标志：{}。", "道路标志牌，意思是{}。", "开车时看到的{}标志。",
                                       "有些模糊的{}标志。", "“{}”交通标志的特写。"};
constexpr std::string_view kFood[] = {"一盘{}。", "端上餐桌的{}。", "刚做好的{}。", "餐厅里点的{}。",
                                      "让人有食欲的{}。"};
constexpr std::string_view kFlowers[] = {"盛开的{}。", "花园里种着{}。", "一朵{}的特写。", "花的名字是{}。",
                                         "带着露水的{}。"};
constexpr std::string_view kAircraft[] = {"机场跑道上的{}。", "正在飞行的{}。", "这架飞机的型号是{}。",
                                          "停机坪上停着一架{}。"};
constexpr std::string_view kCars[] = {"路边停着一辆{}。", "这辆汽车的型号是{}。", "展厅里的{}轿车。",
                                      "从侧前方拍的{}。"};
constexpr std::string_view kPets[] = {"一只{}。", "家里养的宠物是{}。", "趴着的{}。", "正看着镜头的{}。"};
constexpr std::string_view kPlaces[] = {"旅行时在{}看到的景色。", "{}的街景。", "这里是{}。", "摄于{}。"};

struct Subject {
  std::string_view dataset;
  Texts texts;
};
const std::array<Subject, 12> kSubjects = {{
    {"eurosat_clip", kSatellite},
    {"resisc45_clip", kSatellite},
    {"dtd", kTexture},
    {"fer-2013", kFaces},
    {"mnist", kDigits},
    {"gtsrb", kSigns},
    {"food-101", kFood},
    {"oxford-flower-102", kFlowers},
    {"fgvc-aircraft-2013b-variants102", kAircraft},
    {"stanford-cars", kCars},
    {"oxford-iiit-pets", kPets},
    {"country211", kPlaces},
}};

}  // namespace

std::vector<PromptTemplate> chinese_templates(std::string_view dataset) {
  const auto subject = std::find_if(kSubjects.begin(), kSubjects.end(),
                                    [&](const Subject& candidate) { return candidate.dataset == dataset; });
  std::vector<PromptTemplate> templates;
  for (const std::string_view text : subject == kSubjects.end() ? Texts(kGeneric) : subject->texts) {
    templates.push_back(parse_template(text, "chinese_templates"));
  }
  return templates;
}

}  // namespace cnclip::classification

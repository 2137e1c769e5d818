#include "synth/chinese_words.h"

namespace cnclip::synth {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kGe[] = {"个"};
constexpr std::string_view kKe[] = {"颗"};
constexpr std::string_view kKeGe[] = {"颗", "个"};
constexpr std::string_view kWanGe[] = {"弯", "个"};
constexpr std::string_view kDuo[] = {"朵"};
constexpr std::string_view kDuoPian[] = {"朵", "片"};
constexpr std::string_view kZhang[] = {"张"};
constexpr std::string_view kPian[] = {"片"};
constexpr std::string_view kZuoDong[] = {"座", "栋"};
constexpr std::string_view kTiao[] = {"条"};

}  // namespace

std::span<const Noun> nouns(Shape shape) {
  static constexpr Noun kCircle[] = {{"圆形", kGe}, {"圆", kGe}};
  static constexpr Noun kSquare[] = {{"正方形", kGe}, {"方块", kGe}};
  static constexpr Noun kTriangle[] = {{"三角形", kGe}};
  static constexpr Noun kStar[] = {{"五角星", kKeGe}, {"星星", kKe}};
  static constexpr Noun kHeart[] = {{"爱心", kKeGe}, {"心形", kGe}};
  static constexpr Noun kMoon[] = {{"月亮", kGe}, {"月牙", kWanGe}};
  static constexpr Noun kRing[] = {{"圆环", kGe}};
  static constexpr Noun kCross[] = {{"十字", kGe}, {"加号", kGe}};
  static constexpr Noun kFlower[] = {{"花", kDuo}, {"花儿", kDuo}};
  static constexpr Noun kCloud[] = {{"云", kDuoPian}, {"云彩", kDuoPian}};
  static constexpr Noun kDrop[] = {{"水滴", kKeGe}, {"水珠", kKe}};
  static constexpr Noun kDiamond[] = {{"菱形", kGe}};
  static constexpr Noun kCard[] = {{"长方形", kGe}, {"卡片", kZhang}};
  static constexpr Noun kLeaf[] = {{"叶子", kPian}, {"树叶", kPian}};
  static constexpr Noun kHouse[] = {{"房子", kZuoDong}};
  static constexpr Noun kFish[] = {{"鱼", kTiao}};
  switch (shape) {
    case Shape::circle: return kCircle;
    case Shape::square: return kSquare;
    case Shape::triangle: return kTriangle;
    case Shape::star: return kStar;
    case Shape::heart: return kHeart;
    case Shape::moon: return kMoon;
    case Shape::ring: return kRing;
    case Shape::cross: return kCross;
    case Shape::flower: return kFlower;
    case Shape::cloud: return kCloud;
    case Shape::drop: return kDrop;
    case Shape::diamond: return kDiamond;
    case Shape::card: return kCard;
    case Shape::leaf: return kLeaf;
    case Shape::house: return kHouse;
    case Shape::fish: return kFish;
  }
  return {};
}

Words words(Color color) {
  static constexpr std::string_view kRed[] = {"红色"};
  static constexpr std::string_view kOrange[] = {"橙色", "橘色"};
  static constexpr std::string_view kYellow[] = {"黄色"};
  static constexpr std::string_view kGreen[] = {"绿色"};
  static constexpr std::string_view kCyan[] = {"青色"};
  static constexpr std::string_view kBlue[] = {"蓝色"};
  static constexpr std::string_view kPurple[] = {"紫色"};
  static constexpr std::string_view kPink[] = {"粉色", "粉红色"};
  static constexpr std::string_view kBrown[] = {"棕色", "褐色"};
  static constexpr std::string_view kBlack[] = {"黑色"};
  static constexpr std::string_view kWhite[] = {"白色"};
  static constexpr std::string_view kGrey[] = {"灰色"};
  static constexpr Words kAll[kColors] = {kRed,    kOrange, kYellow, kGreen, kCyan,  kBlue,
                                          kPurple, kPink,   kBrown,  kBlack, kWhite, kGrey};
  return kAll[static_cast<std::size_t>(color)];
}

Words words(Pattern pattern) {
  static constexpr std::string_view kStripes[] = {"条纹", "斜条纹"};
  static constexpr std::string_view kDots[] = {"圆点", "波点"};
  static constexpr std::string_view kChecks[] = {"格子", "方格"};
  static constexpr Words kAll[kPatterns] = {{}, kStripes, kDots, kChecks};
  return kAll[static_cast<std::size_t>(pattern)];
}

Words words(Background background) {
  static constexpr std::string_view kWhite[] = {"白色"};
  static constexpr std::string_view kBlack[] = {"黑色"};
  static constexpr std::string_view kGrey[] = {"浅灰色", "淡灰色"};
  static constexpr std::string_view kBlue[] = {"浅蓝色", "淡蓝色"};
  static constexpr std::string_view kGreen[] = {"浅绿色", "淡绿色"};
  static constexpr std::string_view kYellow[] = {"浅黄色", "淡黄色"};
  static constexpr std::string_view kPink[] = {"浅粉色", "淡粉色"};
  static constexpr std::string_view kPurple[] = {"浅紫色", "淡紫色"};
  static constexpr Words kAll[kBackgrounds] = {kWhite, kBlack, kGrey, kBlue, kGreen, kYellow, kPink, kPurple};
  return kAll[static_cast<std::size_t>(background)];
}

Words cell_words(int cell) {
  static constexpr std::string_view kTopLeft[] = {"左上角", "左上方"};
  static constexpr std::string_view kTop[] = {"上方", "顶部"};
  static constexpr std::string_view kTopRight[] = {"右上角", "右上方"};
  static constexpr std::string_view kLeft[] = {"左边", "左侧"};
  static constexpr std::string_view kMiddle[] = {"中间", "正中央"};
  static constexpr std::string_view kRight[] = {"右边", "右侧"};
  static constexpr std::string_view kBottomLeft[] = {"左下角", "左下方"};
  static constexpr std::string_view kBottom[] = {"下方", "底部"};
  static constexpr std::string_view kBottomRight[] = {"右下角", "右下方"};
  static constexpr Words kAll[kCells] = {kTopLeft, kTop,        kTopRight, kLeft,       kMiddle,
                                         kRight,   kBottomLeft, kBottom,   kBottomRight};
  return kAll[static_cast<std::size_t>(cell)];
}

std::string_view number_word(int count) {
  static constexpr std::string_view kWords[] = {"一", "两", "三", "四", "五", "六"};
  return kWords[count - 1];
}

}  // namespace cnclip::synth

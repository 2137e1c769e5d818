#include "synth/english_words.h"

namespace cnclip::synth::english {

using Words = std::span<const std::string_view>;

std::span<const Noun> nouns(Shape shape) {
  static constexpr Noun kCircle[] = {{"circle", "circles"}, {"disc", "discs"}};
  static constexpr Noun kSquare[] = {{"square", "squares"}};
  static constexpr Noun kTriangle[] = {{"triangle", "triangles"}};
  static constexpr Noun kStar[] = {{"star", "stars"}, {"five-pointed star", "five-pointed stars"}};
  static constexpr Noun kHeart[] = {{"heart", "hearts"}, {"love heart", "love hearts"}};
  static constexpr Noun kMoon[] = {{"moon", "moons"}, {"crescent", "crescents"}};
  static constexpr Noun kRing[] = {{"ring", "rings"}};
  static constexpr Noun kCross[] = {{"cross", "crosses"}, {"plus sign", "plus signs"}};
  static constexpr Noun kFlower[] = {{"flower", "flowers"}, {"blossom", "blossoms"}};
  static constexpr Noun kCloud[] = {{"cloud", "clouds"}};
  static constexpr Noun kDrop[] = {{"drop", "drops"}, {"water drop", "water drops"}};
  static constexpr Noun kDiamond[] = {{"diamond", "diamonds"}, {"rhombus", "rhombuses"}};
  static constexpr Noun kCard[] = {{"rectangle", "rectangles"}, {"card", "cards"}};
  static constexpr Noun kLeaf[] = {{"leaf", "leaves"}};
  static constexpr Noun kHouse[] = {{"house", "houses"}};
  static constexpr Noun kFish[] = {{"fish", "fish"}};
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
  static constexpr std::string_view kRed[] = {"red"};
  static constexpr std::string_view kOrange[] = {"orange"};
  static constexpr std::string_view kYellow[] = {"yellow"};
  static constexpr std::string_view kGreen[] = {"green"};
  static constexpr std::string_view kCyan[] = {"cyan", "turquoise"};
  static constexpr std::string_view kBlue[] = {"blue"};
  static constexpr std::string_view kPurple[] = {"purple", "violet"};
  static constexpr std::string_view kPink[] = {"pink"};
  static constexpr std::string_view kBrown[] = {"brown"};
  static constexpr std::string_view kBlack[] = {"black"};
  static constexpr std::string_view kWhite[] = {"white"};
  static constexpr std::string_view kGrey[] = {"grey", "gray"};
  static constexpr Words kAll[kColors] = {kRed,    kOrange, kYellow, kGreen, kCyan,  kBlue,
                                          kPurple, kPink,   kBrown,  kBlack, kWhite, kGrey};
  return kAll[static_cast<std::size_t>(color)];
}

std::span<const PatternWord> words(Pattern pattern) {
  static constexpr PatternWord kStripes[] = {{"striped", "stripes"}};
  static constexpr PatternWord kDots[] = {{"dotted", "dots"}, {"spotted", "spots"}};
  static constexpr PatternWord kChecks[] = {{"checked", "checks"}, {"checkered", "checks"}};
  static constexpr std::span<const PatternWord> kAll[kPatterns] = {{}, kStripes, kDots, kChecks};
  return kAll[static_cast<std::size_t>(pattern)];
}

Words words(Size size) {
  static constexpr std::string_view kSmall[] = {"small", "little"};
  static constexpr std::string_view kLarge[] = {"large", "big"};
  static constexpr Words kAll[] = {kSmall, {}, kLarge};
  return kAll[static_cast<std::size_t>(size)];
}

Words words(Background background) {
  static constexpr std::string_view kWhite[] = {"white"};
  static constexpr std::string_view kBlack[] = {"black"};
  static constexpr std::string_view kGrey[] = {"light grey", "pale grey"};
  static constexpr std::string_view kBlue[] = {"light blue", "pale blue"};
  static constexpr std::string_view kGreen[] = {"light green", "pale green"};
  static constexpr std::string_view kYellow[] = {"light yellow", "pale yellow"};
  static constexpr std::string_view kPink[] = {"light pink", "pale pink"};
  static constexpr std::string_view kPurple[] = {"light purple", "pale purple"};
  static constexpr Words kAll[kBackgrounds] = {kWhite, kBlack, kGrey, kBlue, kGreen, kYellow, kPink, kPurple};
  return kAll[static_cast<std::size_t>(background)];
}

Words cell_words(int cell) {
  static constexpr std::string_view kTopLeft[] = {"in the top left corner", "at the upper left"};
  static constexpr std::string_view kTop[] = {"at the top", "at the upper edge"};
  static constexpr std::string_view kTopRight[] = {"in the top right corner", "at the upper right"};
  static constexpr std::string_view kLeft[] = {"on the left", "on the left side"};
  static constexpr std::string_view kMiddle[] = {"in the middle", "in the centre"};
  static constexpr std::string_view kRight[] = {"on the right", "on the right side"};
  static constexpr std::string_view kBottomLeft[] = {"in the bottom left corner", "at the lower left"};
  static constexpr std::string_view kBottom[] = {"at the bottom", "at the lower edge"};
  static constexpr std::string_view kBottomRight[] = {"in the bottom right corner", "at the lower right"};
  static constexpr Words kAll[kCells] = {kTopLeft, kTop,        kTopRight, kLeft,       kMiddle,
                                         kRight,   kBottomLeft, kBottom,   kBottomRight};
  return kAll[static_cast<std::size_t>(cell)];
}

std::string_view number_word(int count) {
  static constexpr std::string_view kWords[] = {"one", "two", "three", "four", "five", "six"};
  return kWords[count - 1];
}

}  // namespace cnclip::synth::english

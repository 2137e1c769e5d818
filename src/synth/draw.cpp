#include "synth/draw.h"

#include <algorithm>
#include <cmath>

namespace cnclip::synth {
namespace {

constexpr double kShadowOffset = 0.018;  // of the side
constexpr double kGrain = 0.012;         // standard deviation of the noise, of full scale

Rgb mix(const Rgb& a, const Rgb& b, double share) {
  return {a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share};
}

double brightness(const Rgb& c) {
  return 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2];
}

// The second tone of a pattern, an outline or a detail: darker, or lighter where the colour is dark already.
Rgb second_tone(const Rgb& color) {
  return brightness(color) > 0.45 ? mix(color, {0, 0, 0}, 0.42) : mix(color, {1, 1, 1}, 0.55);
}

// Share of a pixel that lies inside, from the distance in pixels.
double coverage(double distance) {
  return std::clamp(0.5 - distance, 0.0, 1.0);
}

// How far, in units of the radius, the second tone of a pattern is away.
double pattern_distance(Pattern pattern, Point p) {
  const auto wave = [](double v, double period) { return std::abs(v - period * std::round(v / period)); };
  switch (pattern) {
    case Pattern::plain: return 9;
    case Pattern::stripes: return wave((p.x + p.y) * 0.7071, 0.5) - 0.115;
    case Pattern::dots: return std::hypot(wave(p.x, 0.52), wave(p.y, 0.52)) - 0.15;
    case Pattern::checks: return std::min(wave(p.x, 0.5), wave(p.y, 0.5)) - 0.05;
  }
  return 9;
}

class Canvas {
 public:
  explicit Canvas(int side) : side_(side), pixels_(static_cast<std::size_t>(side) * static_cast<std::size_t>(side)) {}

  template <class Paint>  // Rgb paint(x, y, what is there), x and y from 0 to 1 at the pixel's centre
  void paint(Point centre, double reach, Paint paint) {
    const auto from = [&](double v) { return std::clamp(static_cast<int>(std::floor((v - reach) * side_)), 0, side_); };
    const auto to = [&](double v) { return std::clamp(static_cast<int>(std::ceil((v + reach) * side_)), 0, side_); };
    for (int y = from(centre.y); y < to(centre.y); ++y) {
      for (int x = from(centre.x); x < to(centre.x); ++x) {
        Rgb& pixel =
            pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(side_) + static_cast<std::size_t>(x)];
        pixel = paint(Point{(x + 0.5) / side_, (y + 0.5) / side_}, pixel);
      }
    }
  }

  Image image(Random& random) const {
    Image image{side_, side_, ImageMode::rgb, {}, {}};
    image.pixels.reserve(3 * pixels_.size());
    for (const Rgb& pixel : pixels_) {
      const double grain = kGrain * random.normal();
      for (const double v : pixel) {
        image.pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(v + grain, 0.0, 1.0))));
      }
    }
    return image;
  }

 private:
  int side_;
  std::vector<Rgb> pixels_;
};

void draw_object(Canvas& canvas, const Placed& placed, int side) {
  const Rgb color = rgb_of(placed.object.color), tone = second_tone(color);
  const double cosine = std::cos(placed.tilt), sine = std::sin(placed.tilt), radius = placed.radius;
  const double scale = radius * side;  // pixels a unit
  const auto local = [&](Point p) {
    const double x = (p.x - placed.centre.x) / radius, y = (p.y - placed.centre.y) / radius;
    return Point{x * cosine + y * sine, y * cosine - x * sine};
  };
  const double reach = 1.15 * radius + 2 * kShadowOffset;
  canvas.paint(placed.centre, reach, [&](Point p, const Rgb& below) {
    const double away = outline(placed.object.shape, local({p.x - kShadowOffset, p.y - kShadowOffset})) * scale;
    return mix(below, {0, 0, 0}, 0.16 * std::clamp(0.5 - away / 3, 0.0, 1.0));
  });
  canvas.paint(placed.centre, reach, [&](Point p, const Rgb& below) {
    const Point at = local(p);
    const double away = outline(placed.object.shape, at) * scale;
    if (away > 1) return below;
    Rgb fill = mix(color, tone, coverage(pattern_distance(placed.object.pattern, at) * scale));
    fill = mix(fill, tone, coverage(detail(placed.object.shape, at) * scale));
    // Lit from above, with a thin rim.
    fill = mix(fill, {1, 1, 1}, std::clamp(-0.10 * (p.y - placed.centre.y) / radius, 0.0, 0.1));
    fill = mix(fill, tone, 0.45 * coverage(-away - 1.1));
    return mix(below, fill, coverage(away));
  });
}

}  // namespace

Image draw(const Scene& scene, const std::vector<Placed>& placed, int side, Random& random) {
  Canvas canvas(side);
  const Rgb base = rgb_of(scene.background);
  const double slope_x = between(random, -0.05, 0.05), slope_y = between(random, -0.05, 0.05);
  canvas.paint({0.5, 0.5}, 0.5, [&](Point p, const Rgb&) {
    const double light = slope_x * (p.x - 0.5) + slope_y * (p.y - 0.5);
    return Rgb{base[0] + light, base[1] + light, base[2] + light};
  });
  for (const Placed& object : placed) draw_object(canvas, object, side);
  return canvas.image(random);
}

}  // namespace cnclip::synth

// A scene as pixels. What captions leave open is drawn at random: exact places, tilt, light, shadows, grain.
#pragma once

#include "cnclip/image.h"
#include "synth/scene.h"
#include "synth/shapes.h"

namespace cnclip::synth {

// Where an object lies, in a picture of side 1: its centre, radius, and tilt in radians.
struct Placed {
  Object object;
  Point centre;
  double radius = 0;
  double tilt = 0;
};

// In the order of drawing. All of them lie inside the picture, and none upon another unless one holds the other.
std::vector<Placed> place_objects(const Scene& scene, Random& random);

// RGB, side x side.
Image draw(const Scene& scene, const std::vector<Placed>& placed, int side, Random& random);

}  // namespace cnclip::synth

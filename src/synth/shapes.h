// Outlines as signed distance: below 0 inside, in units of the shape's radius, x to the right and y down. Every shape
// lies in the circle of radius 1 or nearly so. Exact near the outline; farther away a lower bound.
#pragma once

#include "synth/scene.h"

namespace cnclip::synth {

struct Point {
  double x = 0, y = 0;
};

double outline(Shape shape, Point p);
// What is drawn upon the shape in a darker or lighter tone: the eye of a fish, the door of a house. Far outside (+9)
// where a shape has nothing.
double detail(Shape shape, Point p);

}  // namespace cnclip::synth

#pragma once
// Curves of scores as a picture.

#include <cinta/train/curves/score_curve.hpp>
#include <cinta/train/report/plot.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

/// The curves of such a picture: means of training and validation with their bands (one run has
/// none), and a dashed line at the ideal unless that is NaN.
std::vector<Curve> score_curves(const ScoreCurve& curve, double ideal, double confidence = 0.95);

/// Draws them into a PNG file, or an SVG file if the path ends in ".svg". What `options` leaves
/// empty of labels is filled in. Throws as plot_png.
void plot_score_curve(const std::string& path, const ScoreCurve& curve, double ideal,
                      PlotOptions options = {});

}  // namespace cinta::train
#pragma GCC visibility pop

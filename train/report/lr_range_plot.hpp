#pragma once
// What a learning-rate range test saw, as a picture.

#include <cinta/train/lr_range_test.hpp>
#include <cinta/train/report/plot.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

/// The curves of such a picture: the losses, smoothed and of single batches, and a dashed line at
/// each suggestion, if there is one. Losses above all that came before the lowest point are left
/// out.
std::vector<Curve> lr_range_curves(const LrRange& range);

/// Draws them over the rate into a PNG file, or an SVG file if the path ends in ".svg". What
/// `options` leaves empty of title and labels is filled in. Throws as plot_png.
void plot_lr_range(const std::string& path, const LrRange& range, PlotOptions options = {});

}  // namespace cinta::train
#pragma GCC visibility pop

#pragma once
// Line plots as PNG or SVG, drawn by gnuplot.

#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// One line of a plot.
struct Curve {
  std::string name = {};       ///< in the legend; empty leaves it out of there
  std::vector<double> x = {};  ///< as long as y, or empty for 1, 2, 3, ...
  std::vector<double> y = {};  ///< NaN leaves a gap
  int color = 1;               ///< lines of one number share a colour; from 1
  bool dashed = false;
  /// A band around the line, as long as y, in its colour; both or neither.
  std::vector<double> low = {}, high = {};
};

struct PlotOptions {
  std::string title = {}, x_label = {}, y_label = {};
  bool log_x = false, log_y = false;
  bool equal_axes = false;        ///< one unit is as long in x as in y
  bool legend_outside = false;    ///< beside the curves instead of in their top right corner
  int width = 900, height = 600;  ///< pixels
};

/// Draws curves into a PNG file. Throws IoError when gnuplot is not installed or fails, with its
/// reason; then no file is left. ValueError when x, y or a band of a curve differ in length or
/// there is nothing to draw.
void plot_png(const std::string& path, const std::vector<Curve>& curves,
              const PlotOptions& options = {});
/// The same into an SVG file.
void plot_svg(const std::string& path, const std::vector<Curve>& curves,
              const PlotOptions& options = {});

}  // namespace cinta::train
#pragma GCC visibility pop

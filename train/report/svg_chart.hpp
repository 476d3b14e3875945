#pragma once
// Small charts as SVG text, for pages that need no other program and no network.

#include <cinta/train/report/plot.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Lines with their bands, as plot_svg would draw them, in a coordinate system that scales with the
/// page; a point without neighbours is a dot, a value beyond 4e307 a gap, and what has no room of a
/// text is left out. Of the options, title, labels, log_x and log_y count. Throws ValueError as
/// plot_svg does.
std::string line_chart(const std::vector<Curve>& curves, const PlotOptions& options = {});

/// Points (x, y) in colours by group, whose names make the legend; as many names as points stand at
/// the points instead. Throws ValueError for lengths
/// that differ, no finite points, or a group without a name.
std::string scatter_chart(const std::vector<double>& x, const std::vector<double>& y,
                          const std::vector<int>& group, const std::vector<std::string>& names,
                          const PlotOptions& options = {});

/// A histogram of values with `bins` bars. Throws ValueError for no finite values or bins < 1.
std::string histogram_chart(const std::vector<double>& values, int bins,
                            const PlotOptions& options = {});

/// Whether a chart shows the value: it is finite, and so are differences of such values.
bool chart_shows(double value);

/// Text as it stands in HTML: & < > " ' are entities.
std::string html_text(const std::string& text);

}  // namespace cinta::train
#pragma GCC visibility pop

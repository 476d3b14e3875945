#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/report/lr_range_plot.hpp>
#include <cmath>
#include <cstdio>
#include <limits>

namespace cinta::train {

std::vector<Curve> lr_range_curves(const LrRange& range) {
  if (range.lr.empty()) return {};
  // What comes after the lowest point would press the rest flat.
  const auto lowest = std::min_element(range.smoothed.begin(), range.smoothed.end());
  const auto before = range.loss.begin() + (lowest - range.smoothed.begin()) + 1;
  const double low = *std::min_element(range.loss.begin(), before);
  const double most = std::max(*std::max_element(range.loss.begin(), before), range.loss_before);
  const auto shown = [&](const std::vector<double>& values) {
    std::vector<double> kept;
    for (const double v : values)
      kept.push_back(v <= most ? v : std::numeric_limits<double>::quiet_NaN());
    return kept;
  };
  std::vector<Curve> curves = {
      {.name = "loss of each batch", .x = range.lr, .y = shown(range.loss), .color = 6},
      {.name = "smoothed", .x = range.lr, .y = shown(range.smoothed), .color = 1}};
  struct Suggestion {
    const char* name;
    double (LrRange::*rate)(Site) const;
    int color;
  };
  for (const auto& [name, rate, color] : {Suggestion{"steepest", &LrRange::steepest, 3},
                                          {"valley", &LrRange::valley, 2},
                                          {"minimum / 10", &LrRange::minimum_tenth, 4}}) {
    double at = 0;
    try {
      at = (range.*rate)({});
    } catch (const ValueError&) {
      continue;  // the loss fell nowhere
    }
    char text[64];
    std::snprintf(text, sizeof text, "%s: %.2g", name, at);
    curves.push_back(
        {.name = text, .x = {at, at}, .y = {low, most}, .color = color, .dashed = true});
  }
  return curves;
}

void plot_lr_range(const std::string& path, const LrRange& range, PlotOptions options) {
  if (options.title.empty()) options.title = "Learning-rate range test";
  if (options.x_label.empty()) options.x_label = "learning rate";
  if (options.y_label.empty()) options.y_label = "loss";
  options.log_x = options.legend_outside = true;
  (path.ends_with(".svg") ? plot_svg : plot_png)(path, lr_range_curves(range), options);
}

}  // namespace cinta::train

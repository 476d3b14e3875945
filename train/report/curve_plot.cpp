#include <cinta/train/report/curve_plot.hpp>
#include <cmath>

namespace cinta::train {

std::vector<Curve> score_curves(const ScoreCurve& curve, double ideal, double confidence) {
  std::vector<Curve> curves;
  for (const bool train : {true, false}) {
    Curve line{.name = train ? "training" : "validation", .x = curve.x, .color = train ? 1 : 2};
    for (std::size_t i = 0; i < curve.x.size(); ++i) {
      const Band band =
          band_of(train ? curve.train(i) : curve.validation(i), confidence, curve.overlap);
      line.y.push_back(band.mean);
      line.low.push_back(band.low);
      line.high.push_back(band.high);
    }
    curves.push_back(std::move(line));
  }
  if (!std::isnan(ideal))
    curves.push_back({.name = "ideal",
                      .x = curve.x,
                      .y = std::vector<double>(curve.x.size(), ideal),
                      .color = 3,
                      .dashed = true});
  return curves;
}

void plot_score_curve(const std::string& path, const ScoreCurve& curve, double ideal,
                      PlotOptions options) {
  if (options.x_label.empty()) options.x_label = curve.over;
  if (options.y_label.empty()) options.y_label = "score";
  options.legend_outside = true;  // bands leave no corner free
  const std::vector<Curve> curves = score_curves(curve, ideal);
  (path.ends_with(".svg") ? plot_svg : plot_png)(path, curves, options);
}

}  // namespace cinta::train

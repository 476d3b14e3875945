#include <algorithm>
#include <array>
#include <charconv>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/report/svg_chart.hpp>
#include <cmath>
#include <cstdio>

namespace cinta::train {
namespace {

// Colours that stay apart for colour-blind readers (Okabe and Ito).
constexpr std::array colors{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"};
constexpr double width = 640, height = 400, left = 96, right = 20, top = 58, bottom = 62;

const char* color_of(int number) { return colors[std::size_t(((number - 1) % 6 + 6) % 6)]; }

std::string tick_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return text;
}
std::string place(double value) {  // as every locale writes it
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 2).ptr};
}

/// An axis: what part of the values is drawn, and where.
class Axis {
 public:
  Axis(bool log, double from, double to) : log_(log), from_(from), to_(to) {}

  bool takes(double value) const { return std::isfinite(value) && (!log_ || value > 0); }
  void see(double value) {
    if (!takes(value)) return;
    low_ = any_ ? std::min(low_, value) : value;
    high_ = any_ ? std::max(high_, value) : value;
    any_ = true;
  }
  bool any() const { return any_; }
  /// Some room around, also where all values are equal.
  void finish(double share) {
    low_ = scaled(low_), high_ = scaled(high_);
    const double room = high_ > low_ ? (high_ - low_) * share : std::max(0.5, std::abs(low_) * 0.1);
    low_ -= room, high_ += room;
  }
  double at(double value) const {
    return from_ + (scaled(value) - low_) / (high_ - low_) * (to_ - from_);
  }
  std::vector<double> ticks() const {
    std::vector<double> all;
    const double rough = (high_ - low_) / 5, power = std::pow(10, std::floor(std::log10(rough)));
    double step = power;
    for (const double factor : {1., 2., 5., 10.})
      if (step = factor * power; step >= rough) break;
    if (log_) step = std::max(step, 1.0);
    for (double tick = std::ceil(low_ / step) * step; tick <= high_ + step * 1e-9; tick += step)
      all.push_back(log_ ? std::pow(10, tick) : std::abs(tick) < step * 1e-9 ? 0 : tick);
    return all;
  }

 private:
  double scaled(double value) const { return log_ ? std::log10(value) : value; }
  bool log_, any_ = false;
  double from_, to_, low_ = 0, high_ = 1;
};

/// The frame of a chart around what is drawn in it.
std::string framed(const std::string& inside, const Axis& x, const Axis& y,
                   const std::vector<std::pair<std::string, int>>& legend,
                   const PlotOptions& options) {
  std::string out = "<svg viewBox='0 0 640 400' role='img' aria-label='" +
                    html_text(options.title) + "' xmlns='http://www.w3.org/2000/svg'>";
  const auto text = [&](double px, double py, const char* anchor, const std::string& what,
                        const std::string& more = "") {
    out += "<text x='" + place(px) + "' y='" + place(py) + "' text-anchor='" + anchor + "'" + more +
           ">" + html_text(what) + "</text>";
  };
  text(width / 2, 20, "middle", options.title, " class='title'");
  for (const double tick : x.ticks()) {
    const std::string at = place(x.at(tick));
    out += "<path class='grid' d='M" + at + " " + place(top) + "V" + place(height - bottom) + "'/>";
    text(x.at(tick), height - bottom + 19, "middle", tick_text(tick));
  }
  for (const double tick : y.ticks()) {
    const std::string at = place(y.at(tick));
    out += "<path class='grid' d='M" + place(left) + " " + at + "H" + place(width - right) + "'/>";
    text(left - 6, y.at(tick) + 5, "end", tick_text(tick));
  }
  text((left + width - right) / 2, height - 14, "middle", options.x_label);
  text(16, (top + height - bottom) / 2, "middle", options.y_label,
       " transform='rotate(-90 16 " + place((top + height - bottom) / 2) + ")'");
  out += inside;
  double at = left;  // the legend is a line under the title, where nothing lies behind it
  for (const auto& [name, color] : legend) {
    if (name.empty()) continue;
    out += "<rect x='" + place(at) + "' y='34' width='12' height='12' fill='" + color_of(color) +
           "'/>";
    text(at + 17, 45, "start", name);
    at += 34 + 8.5 * double(name.size());
    if (at > width - 120) break;
  }
  return out + "</svg>";
}

[[noreturn]] void refuse(const std::string& why) { throw ValueError(why); }

}  // namespace

std::string html_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string line_chart(const std::vector<Curve>& curves, const PlotOptions& options) {
  Axis x(options.log_x, left, width - right), y(options.log_y, height - bottom, top);
  const auto x_of = [](const Curve& c, std::size_t i) {
    return c.x.empty() ? double(i + 1) : c.x[i];
  };
  for (const Curve& c : curves) {
    if ((!c.x.empty() && c.x.size() != c.y.size()) || c.low.size() != c.high.size() ||
        (!c.low.empty() && c.low.size() != c.y.size()))
      refuse("line_chart: x, y or the band of curve '" + c.name + "' differ in length");
    for (std::size_t i = 0; i < c.y.size(); ++i) {
      if (!x.takes(x_of(c, i)) || !y.takes(c.y[i])) continue;
      x.see(x_of(c, i)), y.see(c.y[i]);
      if (!c.low.empty()) y.see(c.low[i]), y.see(c.high[i]);
    }
  }
  if (!x.any()) refuse("line_chart: nothing to draw");
  x.finish(0), y.finish(0.05);
  std::string bands, lines;
  std::vector<std::pair<std::string, int>> legend;
  for (const Curve& c : curves) {
    std::string up, down;
    for (std::size_t i = 0; i < c.low.size(); ++i) {
      if (!x.takes(x_of(c, i)) || !y.takes(c.low[i]) || !y.takes(c.high[i])) continue;
      const std::string px = place(x.at(x_of(c, i)));
      up += (up.empty() ? "M" : "L") + px + " " + place(y.at(c.high[i]));
      down = "L" + px + " " + place(y.at(c.low[i])) + down;
    }
    if (!up.empty())
      bands += "<path d='" + up + down + "Z' fill='" + color_of(c.color) + "' fill-opacity='0.2'/>";
    std::string path;
    bool open = false;
    for (std::size_t i = 0; i < c.y.size(); ++i) {
      const bool drawn = x.takes(x_of(c, i)) && y.takes(c.y[i]);
      if (drawn) path += (open ? "L" : "M") + place(x.at(x_of(c, i))) + " " + place(y.at(c.y[i]));
      open = drawn;
    }
    lines += "<path d='" + path + "' fill='none' stroke-width='2' stroke-linecap='round' stroke='" +
             color_of(c.color) + "'" + (c.dashed ? " stroke-dasharray='7 6'" : "") + "/>";
    legend.emplace_back(c.name, c.color);
  }
  return framed(bands + lines, x, y, legend, options);
}

std::string scatter_chart(const std::vector<double>& xs, const std::vector<double>& ys,
                          const std::vector<int>& group, const std::vector<std::string>& names,
                          const PlotOptions& options) {
  if (xs.size() != ys.size() || group.size() != xs.size())
    refuse("scatter_chart: x, y and group differ in length");
  Axis x(options.log_x, left, width - right), y(options.log_y, height - bottom, top);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (group[i] < 0 || std::size_t(group[i]) >= names.size())
      refuse("scatter_chart: group " + std::to_string(group[i]) + " has no name");
    if (x.takes(xs[i]) && y.takes(ys[i])) x.see(xs[i]), y.see(ys[i]);
  }
  if (!x.any()) refuse("scatter_chart: nothing to draw");
  x.finish(0.08), y.finish(0.08);
  std::string points;
  const bool named = names.size() > 1 && names.size() == xs.size();  // each point by itself
  for (std::size_t i = 0; named && i < xs.size(); ++i)
    if (x.takes(xs[i]) && y.takes(ys[i]))
      points += "<text x='" + place(x.at(xs[i])) + "' y='" + place(y.at(ys[i]) - 7) +
                "' text-anchor='middle'>" + html_text(names[std::size_t(group[i])]) + "</text>";
  for (std::size_t i = 0; i < xs.size(); ++i)
    if (x.takes(xs[i]) && y.takes(ys[i]))
      points += "<circle cx='" + place(x.at(xs[i])) + "' cy='" + place(y.at(ys[i])) +
                "' r='3' fill='" + color_of(group[i] + 1) + "' fill-opacity='0.6'/>";
  std::vector<std::pair<std::string, int>> legend;
  for (std::size_t i = 0; !named && names.size() > 1 && i < names.size(); ++i)
    legend.emplace_back(names[i], int(i) + 1);
  return framed(points, x, y, legend, options);
}

std::string histogram_chart(const std::vector<double>& values, int bins,
                            const PlotOptions& options) {
  if (bins < 1) refuse("histogram_chart: bins must be at least 1, got " + std::to_string(bins));
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const double v : values)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  if (low > high) refuse("histogram_chart: no finite values");
  if (low == high) low -= 0.5, high += 0.5;
  std::vector<double> counts(static_cast<std::size_t>(bins));
  for (const double v : values)
    if (std::isfinite(v))
      ++counts[std::min(std::size_t((v - low) / (high - low) * bins), counts.size() - 1)];
  Axis x(false, left, width - right), y(false, height - bottom, top);
  x.see(low), x.see(high);
  y.see(0), y.see(*std::max_element(counts.begin(), counts.end()) * 1.05);
  x.finish(0), y.finish(0);
  std::string bars;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double a = x.at(low + (high - low) * double(i) / bins),
                 b = x.at(low + (high - low) * double(i + 1) / bins);
    bars += "<rect x='" + place(a) + "' y='" + place(y.at(counts[i])) + "' width='" +
            place(std::max(b - a - 1, 0.5)) + "' height='" + place(y.at(0) - y.at(counts[i])) +
            "' fill='" + color_of(1) + "'/>";
  }
  return framed(bars, x, y, {}, options);
}

}  // namespace cinta::train

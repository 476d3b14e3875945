#include <algorithm>
#include <array>
#include <charconv>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/report/svg_chart.hpp>
#include <cmath>

namespace cinta::train {
namespace {

// Colours that stay apart for colour-blind readers (Okabe and Ito).
constexpr std::array colors{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"};
constexpr double width = 640, height = 400, left = 96, right = 20, top = 58, bottom = 62;

const char* color_of(int number) { return colors[std::size_t(((number - 1) % 6 + 6) % 6)]; }

// Numbers have a point in every locale.

/// With as many digits as tell it from its neighbours, `step` away.
std::string tick_text(double value, double step) {
  const double digits = value == 0 ? 0 : std::ceil(std::log10(std::abs(value) / step)) + 1;
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::general,
                              int(std::clamp(digits, 5.0, 9.0)))
                    .ptr};
}
std::string place(double value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 2).ptr};
}

/// As many characters of UTF-8 as there is room for, the last one dots where that is not all.
std::string shortened(const std::string& text, std::size_t most) {
  std::size_t count = 0, cut = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xC0) == 0x80) continue;
    if (++count == most) cut = i;
  }
  return count > most ? text.substr(0, cut) + "…" : text;
}

/// An axis: what part of the values is drawn, and where.
class Axis {
 public:
  Axis(bool log, double from, double to) : log_(log), from_(from), to_(to) {}

  bool takes(double value) const { return chart_shows(value) && (!log_ || value > 0); }
  void see(double value) {
    if (!takes(value)) return;
    low_ = any_ ? std::min(low_, value) : value;
    high_ = any_ ? std::max(high_, value) : value;
    any_ = true;
  }
  bool any() const { return any_; }
  /// Some room around, also where all values are equal, but for rounding: ticks have to differ.
  void finish(double share) {
    low_ = scaled(low_), high_ = scaled(high_);
    const bool differ = high_ - low_ > 1e-12 * std::max(std::abs(low_), std::abs(high_));
    const double room = differ ? (high_ - low_) * share : std::max(0.5, std::abs(low_) * 0.1);
    low_ -= room, high_ += room;
  }
  double at(double value) const {
    return from_ + (scaled(value) - low_) / (high_ - low_) * (to_ - from_);
  }
  /// Calls f(value, its text) for each.
  template <class F>
  void each_tick(const F& f) const {
    if (!log_) return even_ticks(low_, high_, f);
    if (high_ - low_ > 3)
      return even_ticks(low_, high_, [&](double tick, const std::string&) {
        const double value = std::pow(10, tick);
        if (tick == std::round(tick) && takes(value)) f(value, tick_text(value, value));
      });
    // A curve often lies within one decade: 1, 2 and 5 of each, or as on an axis of numbers.
    std::vector<double> all;
    for (double decade = std::floor(low_); decade <= high_; ++decade)
      for (const double digit : {1., 2., 5.})
        if (const double value = digit * std::pow(10, decade);
            scaled(value) >= low_ && scaled(value) <= high_)
          all.push_back(value);
    if (all.size() < 2) return even_ticks(std::pow(10, low_), std::pow(10, high_), f);
    for (const double value : all) f(value, tick_text(value, value));
  }

 private:
  template <class F>
  static void even_ticks(double low, double high, const F& f) {
    const double rough = (high - low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
    double step = power;
    for (const double factor : {1., 2., 5., 10.})
      if (step = factor * power; step >= rough) break;
    const double first = std::ceil(low / step);
    for (int i = 0; i < 12 && (first + i) * step <= high + step * 1e-9; ++i) {
      const double tick = (first + i) * step;
      f(tick, tick_text(tick, step));
    }
  }

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
  text(width / 2, 20, "middle", shortened(options.title, 64), " class='title'");
  x.each_tick([&](double tick, const std::string& label) {
    const std::string at = place(x.at(tick));
    out += "<path class='grid' d='M" + at + " " + place(top) + "V" + place(height - bottom) + "'/>";
    text(x.at(tick), height - bottom + 19, "middle", label);
  });
  y.each_tick([&](double tick, const std::string& label) {
    const std::string at = place(y.at(tick));
    out += "<path class='grid' d='M" + place(left) + " " + at + "H" + place(width - right) + "'/>";
    text(left - 6, y.at(tick) + 5, "end", label);
  });
  text((left + width - right) / 2, height - 14, "middle", shortened(options.x_label, 60));
  text(16, (top + height - bottom) / 2, "middle", shortened(options.y_label, 32),
       " transform='rotate(-90 16 " + place((top + height - bottom) / 2) + ")'");
  out += inside;
  // The legend is a line under the title, where nothing lies behind it: names share it.
  const auto names = std::count_if(legend.begin(), legend.end(),
                                   [](const auto& entry) { return !entry.first.empty(); });
  const double share = (width - left) / double(std::max<std::ptrdiff_t>(names, 1));
  double at = left;
  for (const auto& [name, color] : legend) {
    if (name.empty()) continue;
    const std::string shown = shortened(name, std::size_t(std::max((share - 34) / 8.5, 2.0)));
    out += "<rect x='" + place(at) + "' y='34' width='12' height='12' fill='" + color_of(color) +
           "'/>";
    text(at + 17, 45, "start", shown);
    at += 34 + 8.5 * double(std::count_if(shown.begin(), shown.end(),
                                          [](char c) { return (c & 0xC0) != 0x80; }));
  }
  return out + "</svg>";
}

[[noreturn]] void refuse(const std::string& why) { throw ValueError(why); }

}  // namespace

bool chart_shows(double value) { return std::abs(value) <= 4e307; }

std::string html_text(const std::string& text) {
  std::string out;
  for (const char c : io::to_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      case '\t':
      case '\n':
      case '\r': out += c; break;
      default: out += io::escaped({&c, 1});  // XML has no other control characters
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
    std::string up, down, band;
    for (std::size_t i = 0; i <= c.low.size(); ++i) {
      if (i == c.low.size() || !x.takes(x_of(c, i)) || !y.takes(c.low[i]) || !y.takes(c.high[i])) {
        if (!up.empty()) band += up + down + "Z";  // a gap ends it
        up.clear(), down.clear();
        continue;
      }
      const std::string px = place(x.at(x_of(c, i)));
      up += (up.empty() ? "M" : "L") + px + " " + place(y.at(c.high[i]));
      down = "L" + px + " " + place(y.at(c.low[i])) + down;
    }
    if (!band.empty())
      bands += "<path d='" + band + "' fill='" + color_of(c.color) + "' fill-opacity='0.2'/>";
    std::string path;
    bool open = false;
    const auto drawn = [&](std::size_t i) {
      return i < c.y.size() && x.takes(x_of(c, i)) && y.takes(c.y[i]);
    };
    for (std::size_t i = 0; i < c.y.size(); open = drawn(i++)) {
      if (!drawn(i)) continue;
      const std::string px = place(x.at(x_of(c, i))), py = place(y.at(c.y[i]));
      path += (open ? "L" : "M") + px + " " + py;
      // A line of one point is none, such as that of a single epoch.
      if (!open && !drawn(i + 1))
        lines += "<circle cx='" + px + "' cy='" + py + "' r='3' fill='" + color_of(c.color) + "'/>";
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
    if (chart_shows(v)) low = std::min(low, v), high = std::max(high, v);
  if (low > high) refuse("histogram_chart: no finite values");
  if (const double largest = std::max(std::abs(low), std::abs(high));
      high - low <= 1e-12 * largest) {
    const double room = std::max(0.5, 0.1 * largest);
    low -= room, high += room;
  }
  std::vector<double> counts(static_cast<std::size_t>(bins));
  for (const double v : values)
    if (chart_shows(v))
      ++counts[std::min(std::size_t((v - low) / (high - low) * bins), counts.size() - 1)];
  Axis x(false, left, width - right), y(false, height - bottom, top);
  x.see(low), x.see(high);
  y.see(0), y.see(*std::max_element(counts.begin(), counts.end()) * 1.05);
  x.finish(0), y.finish(0);
  std::string bars;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double a = x.at(low + (high - low) * (double(i) / bins)),
                 b = x.at(low + (high - low) * (double(i + 1) / bins));
    bars += "<rect x='" + place(a) + "' y='" + place(y.at(counts[i])) + "' width='" +
            place(std::max(b - a - 1, 0.5)) + "' height='" + place(y.at(0) - y.at(counts[i])) +
            "' fill='" + color_of(1) + "'/>";
  }
  return framed(bars, x, y, {}, options);
}

}  // namespace cinta::train

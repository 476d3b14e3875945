#include <algorithm>
#include <charconv>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/file.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <cinta/train/report/curve_plot.hpp>
#include <cinta/train/report/html_report.hpp>
#include <cinta/train/report/svg_chart.hpp>
#include <cmath>

namespace cinta::train {
namespace {

constexpr const char* style = R"(
:root{color-scheme:light}
body{font:16px/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid #ddd}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
td,th{padding:.25rem .6rem;border:1px solid #ddd;text-align:left;vertical-align:top;white-space:nowrap}
td.wrap{white-space:pre-wrap;overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}th{background:#f5f5f5}
pre{background:#f5f5f5;padding:.6rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
svg{width:100%;max-width:42rem;height:auto;display:block;font:16px system-ui,sans-serif;fill:#333}
svg .grid{stroke:#e4e4e4;fill:none}svg .title{font-weight:600;font-size:17px}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(24rem,100%),1fr));gap:.5rem}
@page{margin:15mm}
@media print{body{max-width:none;padding:0;font-size:10pt;print-color-adjust:exact}
h2{break-after:avoid;margin-top:1rem}svg,tr,pre{break-inside:avoid}
svg{max-width:11cm}.charts{grid-template-columns:1fr 1fr}details{display:none}
.scroll{overflow:visible}td,th{white-space:normal;overflow-wrap:anywhere}}
)";

/// `digits` in all, or behind the point, which is one in every locale: styles hold numbers, too.
std::string figure_text(double value, int digits = 5) {
  if (std::isnan(value)) return "–";
  char text[32];
  return {text,
          std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr};
}
std::string fixed(double value, int digits) {  // of shares and percentages
  char text[64];
  return {text,
          std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits).ptr};
}

bool is_number(const std::string& cell) {
  if (cell == "–") return true;
  if (cell.empty() || cell.find_first_not_of("+-.0123456789eE%") != cell.npos) return false;
  return cell.find_first_of("0123456789") != cell.npos;
}

std::string table_of(const std::vector<std::string>& header,
                     const std::vector<std::vector<std::string>>& rows) {
  std::vector<bool> numeric(header.size(), !rows.empty());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) numeric[i] = numeric[i] && is_number(row[i]);
  const auto cell = [&](const char* tag, std::size_t i, const std::string& text) {
    const char* kind = numeric[i] ? " class='n'" : text.size() > 40 ? " class='wrap'" : "";
    return "<" + std::string(tag) + kind + ">" + html_text(text) + "</" + tag + ">";
  };
  std::string out = "<div class='scroll'><table><thead><tr>";
  for (std::size_t i = 0; i < header.size(); ++i) out += cell("th", i, header[i]);
  out += "</tr></thead><tbody>";
  for (const auto& row : rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) out += cell("td", i, row[i]);
    out += "</tr>";
  }
  return out + "</tbody></table></div>";
}

}  // namespace

void HtmlReport::section(const std::string& heading, const std::string& html) {
  body_ += "<section><h2>" + html_text(heading) + "</h2>" + html + "</section>\n";
}

void HtmlReport::text(const std::string& heading, const std::string& text) {
  section(heading, "<pre>" + html_text(text) + "</pre>");
}

void HtmlReport::table(const std::string& heading, const std::vector<std::string>& header,
                       const std::vector<std::vector<std::string>>& rows) {
  for (const auto& row : rows)
    if (row.size() != header.size())
      throw ValueError("HtmlReport: a row of '" + heading + "' has " + std::to_string(row.size()) +
                       " cells, its header " + std::to_string(header.size()));
  section(heading, table_of(header, rows));
}

void HtmlReport::settings(const std::vector<std::pair<std::string, std::string>>& settings,
                          const std::string& command) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : settings) rows.push_back({name, value});
  section("Settings", table_of({"setting", "value"}, rows));
  section("To repeat the run", "<pre>" + html_text(command) + "</pre>");
}

void HtmlReport::lines(const std::string& heading, const std::vector<Curve>& curves,
                       const PlotOptions& options) {
  section(heading, line_chart(curves, options));
}

void HtmlReport::history(const std::vector<EpochRecord>& history) {
  if (history.empty()) return;
  std::vector<Curve> curves{{.name = "train_loss", .color = 1}};
  std::vector<std::string> header{"epoch", "train_loss"};
  for (const auto& [name, figure] : history[0].figures) {
    curves.push_back({.name = name, .color = int(curves.size()) + 1});
    header.push_back(name);
  }
  std::vector<std::vector<std::string>> rows;
  for (const EpochRecord& record : history) {
    if (record.figures.size() + 1 != curves.size())
      throw ValueError("HtmlReport: epoch " + std::to_string(record.epoch) + " has " +
                       std::to_string(record.figures.size()) + " figures, the first one " +
                       std::to_string(curves.size() - 1));
    for (Curve& curve : curves) curve.x.push_back(record.epoch);
    curves[0].y.push_back(record.train_loss);
    rows.push_back({std::to_string(record.epoch), figure_text(record.train_loss)});
    for (std::size_t i = 0; i < record.figures.size(); ++i) {
      curves[i + 1].y.push_back(record.figures[i].second);
      rows.back().push_back(figure_text(record.figures[i].second));
    }
  }
  // A figure of another size than the losses has a chart of its own.
  const auto chart = [](const std::vector<Curve>& shown, const std::string& title) {
    for (const Curve& curve : shown)
      if (std::any_of(curve.y.begin(), curve.y.end(), chart_shows))
        return line_chart(shown, {.title = title, .x_label = "epoch"});
    return std::string();  // nothing to draw
  };
  std::vector<Curve> losses{curves[0]};
  std::string others;
  for (std::size_t i = 1; i < curves.size(); ++i) {
    if (curves[i].name == "validation_loss")
      losses.push_back(curves[i]);
    else
      others += chart({curves[i]}, curves[i].name);
  }
  const std::string charts = chart(losses, losses.size() > 1 ? "losses" : "training loss") + others;
  section("Epochs", "<div class='charts'>" + charts +
                        "</div><details><summary>all figures</summary>" + table_of(header, rows) +
                        "</details>");
}

void HtmlReport::curve(const std::string& heading, const ScoreCurve& curve, double ideal) {
  section(heading, line_chart(score_curves(curve, ideal),
                              {.title = heading, .x_label = curve.over, .y_label = "score"}));
}

void HtmlReport::diagnosis(const Diagnosis& diagnosis) {
  section("Diagnosis", "<pre>" + html_text(diagnosis.text) + "</pre>");
}

void HtmlReport::confusion(const ConfusionMatrix& matrix, const std::vector<std::string>& labels) {
  const std::int64_t classes = matrix.classes();
  if (std::int64_t(labels.size()) != classes)
    throw ValueError("HtmlReport: " + std::to_string(labels.size()) + " labels for " +
                     std::to_string(classes) + " classes");
  std::string out = "<div class='scroll'><table><thead><tr><th>true \\ predicted</th>";
  for (const std::string& label : labels) out += "<th class='n'>" + html_text(label) + "</th>";
  out += "<th class='n'>recall</th></tr></thead><tbody>";
  for (std::int64_t t = 0; t < classes; ++t) {
    double all = 0;
    for (std::int64_t p = 0; p < classes; ++p) all += matrix.at(t, p);
    out += "<tr><th>" + html_text(labels[std::size_t(t)]) + "</th>";
    for (std::int64_t p = 0; p < classes; ++p) {
      const double share = all > 0 ? matrix.at(t, p) / all : 0;
      out += "<td class='n' style='background:rgba(" +
             std::string(t == p ? "0,158,115," : "213,94,0,") + fixed(share * 0.6, 3) + ")'>" +
             figure_text(matrix.at(t, p), 15) + "</td>";
    }
    out += "<td class='n'>" + fixed(matrix.recall(t), 3) + "</td></tr>";
  }
  out += "</tbody></table></div>";
  section("Confusion matrix", out);
}

void HtmlReport::residuals(Values truth, Values prediction) {
  root_mean_squared_error(truth, prediction);  // which checks them
  std::vector<double> errors, at;
  // As many points as a page can show.
  const std::size_t step = (truth.size() + 1999) / 2000;
  std::vector<double> x, y;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    errors.push_back(truth[i] - prediction[i]);
    if (i % step == 0) x.push_back(prediction[i]), y.push_back(errors.back());
  }
  section(
      "Residuals",
      "<div class='charts'>" +
          scatter_chart(x, y, std::vector<int>(x.size(), 0), {"error"},
                        {.title = "errors over predictions",
                         .x_label = "prediction",
                         .y_label = "truth - prediction"}) +
          histogram_chart(errors, 40,
                          {.title = "errors", .x_label = "truth - prediction", .y_label = "rows"}) +
          "</div>");
}

void HtmlReport::calibration(Values truth, Values probability) {
  const Calibration curve = calibration_curve(truth, probability);
  section("Calibration",
          line_chart({{.name = "perfect", .x = {0, 1}, .y = {0, 1}, .color = 3, .dashed = true},
                      {.name = "model", .x = curve.probability, .y = curve.frequency, .color = 1}},
                     {.title = "error " + figure_text(calibration_error(truth, probability), 3),
                      .x_label = "probability",
                      .y_label = "frequency"}));
}

Projection project(const Tensor& rows, Site site) {
  if (rows.rank() != 2 || rows.shape()[0] < 2 || rows.shape()[1] < 2)
    throw ShapeError("project: rows are " + rows.shape().str() + ", not (2 or more, 2 or more)",
                     site);
  const auto n = std::size_t(rows.shape()[0]), width = std::size_t(rows.shape()[1]);
  std::vector<double> a = to(rows.detach(), float64).to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!std::isfinite(a[i]))
      throw ValueError(
          "project: row " + std::to_string(i / width) + " has a number that is not finite", site);
  // By a power of two, which rounds nothing, to a size whose squares a double holds.
  double largest = 0;
  for (const double value : a) largest = std::max(largest, std::abs(value));
  const int size = largest > 0 ? std::ilogb(largest) : 0;
  for (double& value : a) value = std::scalbn(value, -size);
  for (std::size_t j = 0; j < width; ++j) {
    double mean = 0;
    for (std::size_t i = 0; i < n; ++i) mean += a[i * width + j] / double(n);
    for (std::size_t i = 0; i < n; ++i) a[i * width + j] -= mean;
  }
  double total = 0;
  for (const double value : a) total += value * value;
  Projection result;
  for (const bool first : {true, false}) {
    // Power iteration on A'A, from the longest row that is left.
    std::vector<double> v(width, 0.0);
    double longest = -1;
    for (std::size_t i = 0; i < n; ++i) {
      double squares = 0;
      for (std::size_t j = 0; j < width; ++j) squares += a[i * width + j] * a[i * width + j];
      if (squares > longest) {
        longest = squares;
        v.assign(a.begin() + std::ptrdiff_t(i * width),
                 a.begin() + std::ptrdiff_t((i + 1) * width));
      }
    }
    std::vector<double> places(n, 0.0);
    double variance = 0;
    for (int round = 0; round < 1000 && longest > 0; ++round) {
      double norm = 0;
      for (const double value : v) norm += value * value;
      norm = std::sqrt(norm);
      if (norm == 0) break;
      for (double& value : v) value /= norm;
      double now = 0;
      for (std::size_t i = 0; i < n; ++i) {
        places[i] = 0;
        for (std::size_t j = 0; j < width; ++j) places[i] += a[i * width + j] * v[j];
        now += places[i] * places[i];
      }
      const bool done = std::abs(now - variance) <= 1e-13 * now;
      variance = now;
      if (done) break;
      std::vector<double> next(width, 0.0);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < width; ++j) next[j] += places[i] * a[i * width + j];
      v = std::move(next);
    }
    const auto heaviest = std::max_element(
        v.begin(), v.end(), [](double x, double y) { return std::abs(x) < std::abs(y); });
    const double sign = *heaviest < 0 ? -1 : 1;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < width; ++j) a[i * width + j] -= places[i] * v[j];
      places[i] = std::scalbn(sign * places[i], size);
    }
    (first ? result.x : result.y) = std::move(places);
    (first ? result.share_x : result.share_y) = total > 0 ? variance / total : 0;
  }
  return result;
}

void HtmlReport::embedding(const std::string& heading, const Tensor& rows,
                           const std::vector<std::string>& names) {
  const Projection plane = project(rows);
  if (names.size() != plane.x.size())
    throw ValueError("HtmlReport: " + std::to_string(names.size()) + " names for " +
                     std::to_string(plane.x.size()) + " rows of '" + heading + "'");
  std::vector<std::vector<std::string>> cells;
  for (std::size_t i = 0; i < names.size(); ++i)
    cells.push_back({names[i], figure_text(plane.x[i]), figure_text(plane.y[i])});
  std::vector<int> groups;
  const bool few = names.size() <= 30;  // more would cover each other
  for (std::size_t i = 0; i < names.size(); ++i) groups.push_back(few ? int(i) : 0);
  section(heading,
          scatter_chart(plane.x, plane.y, groups, few ? names : std::vector<std::string>{"rows"},
                        {.title = heading,
                         .x_label = "first component, " + fixed(100 * plane.share_x, 0) +
                                    " % of the variance",
                         .y_label = "second, " + fixed(100 * plane.share_y, 0) + " %"}) +
              "<details><summary>all rows</summary>" + table_of({"row", "x", "y"}, cells) +
              "</details>");
}

void HtmlReport::weights(const NamedTensors& tensors) {
  std::string charts;
  for (const auto& [name, tensor] : tensors) {
    const auto values = to(tensor.detach(), float64).to_vector<double>();
    if (std::any_of(values.begin(), values.end(), chart_shows))
      charts += histogram_chart(values, 40, {.title = name + " " + tensor.shape().str()});
  }
  section("Weights", "<div class='charts'>" + charts + "</div>");
}

std::string HtmlReport::str() const {
  return "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
         "<meta name='viewport' content='width=device-width,initial-scale=1'><title>" +
         html_text(title_) + "</title><style>" + style + "</style></head><body><h1>" +
         html_text(title_) + "</h1>\n" + body_ + "</body></html>\n";
}

void HtmlReport::save(const std::string& path) const {
  io::OutputFile file(path);
  file.write(str());
  file.commit();
}

}  // namespace cinta::train

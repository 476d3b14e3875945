#pragma once
// A report of a run in one file that needs nothing else: no network, no scripts, no other files.

#include <cinta/autograd/tensor.hpp>
#include <cinta/train/curves/diagnosis.hpp>
#include <cinta/train/metrics/classes.hpp>
#include <cinta/train/report/plot.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Sections one after another, each with a heading; readable on a phone, and on paper. All texts
/// may hold anything: they are escaped.
///
///     train::HtmlReport report("Diamonds");
///     report.settings({{"rows", "53940"}, {"lr", "0.001"}}, "train diamonds.csv --seed 1");
///     report.history(result.history);
///     report.diagnosis(train::diagnose(curve, options));
///     report.save("report.html");
class HtmlReport {
 public:
  explicit HtmlReport(std::string title) : title_(std::move(title)) {}

  void text(const std::string& heading, const std::string& text);
  /// Numbers stand right. Throws ValueError for a row with another number of cells.
  void table(const std::string& heading, const std::vector<std::string>& header,
             const std::vector<std::vector<std::string>>& rows);
  /// What the run was made with, and what to type to repeat it.
  void settings(const std::vector<std::pair<std::string, std::string>>& settings,
                const std::string& command);
  void lines(const std::string& heading, const std::vector<Curve>& curves,
             const PlotOptions& options = {});
  /// Losses and figures over epochs; a figure without a number has no chart. Throws ValueError for
  /// epochs with other figures than the first.
  void history(const std::vector<EpochRecord>& history);
  /// Scores with their bands, and the ideal unless it is NaN.
  void curve(const std::string& heading, const ScoreCurve& curve, double ideal);
  void diagnosis(const Diagnosis& diagnosis);
  /// Counts and shares of each true class. Throws ValueError unless there is a label for each
  /// class.
  void confusion(const ConfusionMatrix& matrix, const std::vector<std::string>& labels);
  /// Errors over predictions, and their histogram.
  void residuals(Values truth, Values prediction);
  /// Frequencies over probabilities, see calibration_curve.
  void calibration(Values truth, Values probability);
  /// Rows of an embedding (rows, width) in the plane of their two largest principal components,
  /// with a name each. Throws as project() does, and ValueError for another number of names.
  void embedding(const std::string& heading, const Tensor& rows,
                 const std::vector<std::string>& names);
  /// A histogram of each of the tensors.
  void weights(const NamedTensors& tensors);

  /// The page.
  std::string str() const;
  /// Writes it, all or nothing. Throws IoError.
  void save(const std::string& path) const;

 private:
  void section(const std::string& heading, const std::string& html);
  std::string title_, body_;
};

/// The first two principal components of rows (rows, width), and the shares of the variance that
/// they have. Signs are such that the largest weight of each is positive. Throws ShapeError unless
/// there are two rows and columns, ValueError for what is not finite.
struct Projection {
  std::vector<double> x, y;
  double share_x = 0, share_y = 0;
};
Projection project(const Tensor& rows, Site site = {});

}  // namespace cinta::train
#pragma GCC visibility pop

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/curves/diagnosis.hpp>
#include <cmath>
#include <cstdio>

namespace cinta::train {
namespace {

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::string shown(const Band& gap, double tolerance) {
  const std::string interval = std::isfinite(gap.low)
                                   ? " [" + shown(gap.low) + ", " + shown(gap.high) + "]"
                                   : " (one run, which has no interval)";
  return shown(gap.mean) + interval + ", " + (gap.mean > tolerance ? "large" : "small") +
         " beside " + shown(tolerance);
}

bool clear(const Band& gap, double tolerance) {
  return gap.low > tolerance || gap.high <= tolerance;
}

std::string advice_for(Verdict verdict, bool more_data_helps) {
  switch (verdict) {
    case Verdict::underfitting:
      return "a more complex model (wider, deeper), more or better features, longer training, less "
             "regularization; more rows of the same data will not help";
    case Verdict::overfitting:
      return std::string(
                 "regularization (L2, L1, dropout, bagging, early stopping), a simpler "
                 "model, fewer features, more data") +
             (more_data_helps ? ", which the curve says still helps" : "");
    case Verdict::good_fit: break;
  }
  return std::string("keep the model; confirm it once on the test part") +
         (more_data_helps ? "; more data still helps" : "");
}

}  // namespace

const char* name_of(Verdict verdict) {
  constexpr const char* names[] = {"underfitting", "overfitting", "good fit"};
  return names[int(verdict)];
}

Diagnosis diagnose(const std::vector<Scores>& scores, const DiagnosisOptions& options,
                   double overlap) {
  if (!(options.ideal_tolerance > 0) || !(options.validation_tolerance > 0))
    throw ValueError("diagnose: tolerances must be positive");
  if (scores.empty()) throw ValueError("diagnose: no scores");
  const double sign = options.maximize ? 1 : -1;
  std::vector<double> ideal, validation;
  for (const Scores& run : scores) {
    ideal.push_back(sign * (options.ideal - run.train));
    validation.push_back(sign * (run.train - run.validation));
  }
  Diagnosis found;
  found.ideal_gap = band_of(ideal, options.confidence, overlap);
  found.validation_gap = band_of(validation, options.confidence, overlap);
  const double bias = found.ideal_gap.mean / options.ideal_tolerance,
               variance = found.validation_gap.mean / options.validation_tolerance;
  if (std::max(bias, variance) > 1)
    found.verdict = bias > variance ? Verdict::underfitting : Verdict::overfitting;
  found.certain = clear(found.ideal_gap, options.ideal_tolerance) &&
                  clear(found.validation_gap, options.validation_tolerance);
  found.advice = advice_for(found.verdict, false);
  found.text = std::string(name_of(found.verdict)) + (found.certain ? "" : " (not certain)") +
               "\n  gap between the ideal and training:   " +
               shown(found.ideal_gap, options.ideal_tolerance) +
               "\n  gap between training and validation:  " +
               shown(found.validation_gap, options.validation_tolerance) +
               "\n  advice: " + found.advice;
  return found;
}

Diagnosis diagnose(const ScoreCurve& curve, const DiagnosisOptions& options) {
  const bool rows = curve.over == "training rows";
  std::size_t at = 0;
  if (rows)
    at = std::size_t(std::max_element(curve.x.begin(), curve.x.end()) - curve.x.begin());
  else
    at = curve.best(options.maximize);
  Diagnosis found = diagnose(curve.scores.at(at), options, curve.overlap);
  if (!rows || curve.x.size() < 2) return found;
  // The next fewer rows, run by run.
  std::size_t before = at == 0 ? 1 : 0;
  for (std::size_t i = 0; i < curve.x.size(); ++i)
    if (i != at && curve.x[i] > curve.x[before]) before = i;
  std::vector<double> gains;
  for (std::size_t run = 0; run < curve.scores[at].size(); ++run)
    gains.push_back((options.maximize ? 1 : -1) *
                    (curve.scores[at][run].validation - curve.scores[before][run].validation));
  found.more_data_helps = band_of(gains, options.confidence, curve.overlap).low > 0;
  const std::string advice = advice_for(found.verdict, found.more_data_helps);
  found.text.replace(found.text.size() - found.advice.size(), found.advice.size(), advice);
  found.advice = advice;
  return found;
}

}  // namespace cinta::train

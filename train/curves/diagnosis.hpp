#pragma once
// What a learning curve says of a model, and what to do about it.

#include <cinta/train/curves/score_curve.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

enum class Verdict { underfitting, overfitting, good_fit };
const char* name_of(Verdict verdict);

struct DiagnosisOptions {
  /// The score that one could hope for: of people, of the best known method, of data whose noise is
  /// known; 1 for an accuracy without errors.
  double ideal = 1;
  bool maximize = true;  ///< larger scores are better; false for losses
  /// Gaps up to here are small, in units of the score.
  double ideal_tolerance = 0.05;       ///< between the ideal and training
  double validation_tolerance = 0.05;  ///< between training and validation
  double confidence = 0.95;            ///< of the intervals
};

struct Diagnosis {
  Verdict verdict = Verdict::good_fit;
  /// How far training is from the ideal, and validation from training; positive is worse. Their
  /// intervals are those of band_of.
  Band ideal_gap, validation_gap;
  /// Whether the intervals leave no doubt which gaps are large.
  bool certain = false;
  /// Whether validation is better with all rows than with the next fewer ones, beyond doubt; only
  /// from a curve over training rows.
  bool more_data_helps = false;
  std::string advice;
  /// All of it in a few lines.
  std::string text;
};

/// A large gap between the ideal and training is underfitting; a large one between training and
/// validation is overfitting; where both are large, the one that is the larger multiple of its
/// tolerance; small gaps are a good fit. `scores` are of several runs of one model: seeds or folds
/// (then `overlap` as for band_of). With one run nothing is certain. Throws ValueError for no runs,
/// scores that are not finite, tolerances that are not positive.
Diagnosis diagnose(const std::vector<Scores>& scores, const DiagnosisOptions& options = {},
                   double overlap = 0);

/// The same at the end of a curve over training rows, or at the best point of another one.
Diagnosis diagnose(const ScoreCurve& curve, const DiagnosisOptions& options = {});

}  // namespace cinta::train
#pragma GCC visibility pop

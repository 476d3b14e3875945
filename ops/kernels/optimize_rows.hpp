#pragma once
// Optimizer steps on a few rows of a table, and the steps that other rows have missed: those with
// gradient zero. All arrays are dense and of one floating dtype.

#include <cinta/ops/kernels/optimize.hpp>
#include <cinta/ops/kernels/sparse_rows.hpp>
#include <cinta/ops/kernels/step_tree.hpp>
#include <cmath>
#include <span>
#include <vector>

namespace cinta::kernels {

/// Rows of tables of one width: different ones, or without ids all up to `count`.
struct RowList {
  const std::int64_t* ids;
  std::int64_t count, width;
};

/// What a list's rows get: gradients that stand one after the other, or with groups, row i the sum
/// of those of group i, which is formed on the way.
struct RowGradients {
  Array given;
  const RowGroups* groups = nullptr;
};

/// Sum of the squares of all elements of these rows.
double sum_of_squares(const Array& table, const RowList& rows);

// --- SGD -----------------------------------------------------------------------------------------

/// One step of sgd_step on these rows, then the soft threshold.
void sgd_rows(const Array& parameter, const RowGradients& gradients, const Array* buffer,
              const RowList& rows, const SgdStep& step, double threshold);

/// A step without gradient and momentum, or several: |w| becomes max(|scale * w| - threshold, 0)
/// and w takes the sign of scale * w.
struct ShrinkMap {
  double scale = 1, threshold = 0;
};
/// Clipping at zero after the last step is enough: once below, |scale| * m - threshold stays there.
inline ShrinkMap then(const ShrinkMap& a, const ShrinkMap& b) {
  return {b.scale * a.scale, std::abs(b.scale) * a.threshold + b.threshold};
}
ShrinkMap shrink_map(const SgdStep& step, double threshold);
/// maps[i] on row i.
void shrink_rows(const Array& parameter, const RowList& rows, const ShrinkMap* maps);

/// A step without gradient and threshold but with momentum, or several: (w, b) becomes
/// (ww * w + wb * b, bw * w + bb * b).
struct MomentumMap {
  double ww = 1, wb = 0, bw = 0, bb = 1;
};
inline MomentumMap then(const MomentumMap& a, const MomentumMap& b) {
  return {b.ww * a.ww + b.wb * a.bw, b.ww * a.wb + b.wb * a.bb,  //
          b.bw * a.ww + b.bb * a.bw, b.bw * a.wb + b.bb * a.bb};
}
MomentumMap momentum_map(const SgdStep& step);
void momentum_rows(const Array& parameter, const Array& buffer, const RowList& rows,
                   const MomentumMap* maps);

/// With both, steps must be repeated: for row i those from number since[i] on.
struct SgdSoftStep {
  SgdStep step;
  double threshold;
};
void sgd_replay(const Array& parameter, const Array& buffer, const RowList& rows,
                const std::uint32_t* since, std::span<const SgdSoftStep> steps);

// --- Adam, AdamW ---------------------------------------------------------------------------------

/// A step's numbers, bias corrections included.
struct AdamRates {
  /// `extra` decay comes with the gradient, whether the step's own does or not.
  AdamRates(const AdamStep& step, double extra);

  double rate, correction, shrink, coupled, beta1, beta2, eps;
};
void adam_rows(const Array& parameter, const RowGradients& gradients, const Array& mean,
               const Array& square, const RowList& rows, const AdamRates& step);

/// The steps that rows may have missed. They have to be repeated, until what they still add is
/// below rounding; from then on all that happens is multiplication.
class AdamSteps {
 public:
  void append(const AdamRates& step);
  void clear() { *this = AdamSteps(); }
  void catch_up(const Array& parameter, const Array& mean, const Array& square, const RowList& rows,
                const std::uint32_t* since) const;

 private:
  struct Decay {
    double parameter = 1, mean = 1, square = 1;
    friend Decay then(const Decay& a, const Decay& b) {
      return {a.parameter * b.parameter, a.mean * b.mean, a.square * b.square};
    }
  };
  template <class T>
  void catch_up_row(T* p, T* m, T* v, std::int64_t width, std::int64_t since) const;

  std::vector<AdamRates> steps_;
  StepTree<Decay> decay_;
  bool coupled_ = false;
  double largest_rate_ = 0, largest_ratio_ = 0, least_shrink_ = 1, least_eps_ = 1;
};

// --- Adagrad -------------------------------------------------------------------------------------

struct AdagradStep {
  double rate;  // decayed already
  double eps, weight_decay;
};
void adagrad_rows(const Array& parameter, const RowGradients& gradients, const Array& sum,
                  const RowList& rows, const AdagradStep& step);
/// Repeats for row i the steps from number since[i] on, without gradient.
void adagrad_replay(const Array& parameter, const Array& sum, const RowList& rows,
                    const std::uint32_t* since, std::span<const AdagradStep> steps);

}  // namespace cinta::kernels

#pragma once
// The steps that rows of a table have missed: those with gradient zero. All arrays are dense and of
// one floating dtype.

#include <cinta/ops/kernels/optimizer/step_tree.hpp>
#include <cinta/ops/kernels/optimizer/steps.hpp>
#include <cmath>
#include <span>
#include <vector>

namespace cinta::kernels {

/// Sum of the squares of all elements of these rows.
double sum_of_squares(const Array& table, const RowList& rows);

// --- SGD -----------------------------------------------------------------------------------------

/// A step without gradient and momentum, or several: |w| becomes max(|scale * w| - threshold, 0)
/// and w takes the sign of scale * w.
struct ShrinkMap {
  double scale = 1, threshold = 0;
};
/// Clipping at zero after the last step is enough: once below, |scale| * m - threshold stays there.
inline ShrinkMap then(const ShrinkMap& a, const ShrinkMap& b) {
  return {b.scale * a.scale, std::abs(b.scale) * a.threshold + b.threshold};
}
/// Nothing shrinks by less than a rounding of `dtype`, as in the step that was missed.
ShrinkMap shrink_map(const SgdStep& step, double threshold, Dtype dtype);
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

/// The steps that rows may have missed. They have to be repeated, until what they still add is
/// below rounding; from then on all that happens is multiplication.
class AdamSteps {
 public:
  /// As a parameter of `dtype` would have taken it: with its factors rounded.
  void append(const AdamRates& step, Dtype dtype);
  /// Makes room, so that the next append does not throw.
  void reserve() {
    reserve_one(steps_);
    decay_.reserve();
  }
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

/// Repeats for row i the steps from number since[i] on, without gradient.
void adagrad_replay(const Array& parameter, const Array& sum, const RowList& rows,
                    const std::uint32_t* since, std::span<const AdagradStep> steps);

}  // namespace cinta::kernels

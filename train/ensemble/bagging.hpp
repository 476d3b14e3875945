#pragma once
// Bagging: one model for each of several bootstrap samples, and what they say together
// (L. Breiman, "Bagging predictors", Machine Learning 24, 1996).

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tensor.hpp>
#include <cinta/train/random.hpp>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#pragma GCC visibility push(default)
namespace cinta::train {

struct BaggingOptions {
  int members = 10;
  std::uint64_t seed = 0;
  std::int64_t sample_size = 0;      ///< rows drawn for a member; 0: as many as exist
  bool replacement = true;           ///< draw rows with replacement
  std::int64_t features = 0;         ///< columns that there are; 0: they are not drawn
  std::int64_t feature_sample = 0;   ///< columns drawn for a member; 0: as many as exist
  bool feature_replacement = false;  ///< draw columns with replacement
  int threads = 0;                   ///< members trained at once; 0: one for each processor
  /// After each member, with the number of those done; not at once from two threads. May throw to
  /// end the training.
  std::function<void(int done)> on_member = {};
};

/// How the members' predictions become one.
enum class Combining {
  mean,  ///< their mean
  vote,  ///< of outputs (rows, classes), the share of members for whom a class is the largest
};

/// What the members say about the rows that they were not trained on.
struct OutOfBag {
  Rows rows;        ///< in increasing order: those that at least one member has not seen
  Tensor combined;  ///< (rows, outputs), combined over the members that have not
};

namespace detail {

/// What a member is trained on, each sorted. A member's draws depend on the seed and its number
/// alone.
struct Draw {
  Rows rows, features;
};
/// Those of `options.members` members from number `first` on. Throws ValueError for options out of
/// range or no rows.
std::vector<Draw> draws(std::int64_t rows, const BaggingOptions& options, int first);

/// Calls train(member) for each of those members, in threads of their own, each in one thread with
/// a generator that depends on the seed and the member alone. Rethrows the error of the first
/// member that failed; no others are begun after it.
void train_members(const BaggingOptions& options, int first,
                   const std::function<void(int member)>& train);

/// A member's output as it enters the mean. Throws ValueError unless it has `rows` rows (-1: any)
/// and, for a vote, the shape (rows, classes).
Tensor contribution(const Tensor& output, Combining how, int member, std::int64_t rows);
/// Of outputs (rows, classes): 1 for the largest of each row; NaN for a row that has a NaN, whose
/// largest nobody knows.
Tensor votes(const Tensor& output);

/// The mean of tensors of one shape.
Tensor combine(const Tensors& contributions);

/// The same for each row over the members whose rows it is not in, added one after another.
class OutOfBagSums {
 public:
  explicit OutOfBagSums(std::int64_t rows);
  void add(const Tensor& contribution, const Draw& draw);
  /// Of those so far, of which there is at least one.
  OutOfBag combined() const;

 private:
  std::vector<double> count_;  // members that have not seen the row
  Tensor total_;               // of what they say
};

}  // namespace detail

/// An ensemble of any models. `fit(sample, member)` trains one on the rows `sample` (repeats
/// included) and returns it: a module with operator() or forward, or any function of the inputs,
/// ready to predict. It runs in several threads at once, each with a random generator of its own;
/// the ensemble is the same, to the bit, for any number of threads, as long as what `fit` shares
/// with other members is only read.
///
///     auto ensemble = train::bag(x.shape()[0], [&](const train::Rows& sample, int) {
///       Net net;
///       ... train on train::take(x, sample), train::take(y, sample) ...
///       return net;
///     }, {.members = 20, .seed = 1});
///     Tensor prediction = ensemble.predict(train::Combining::mean, x_test);
///
/// With options.features, fit(sample, features, member) is told the columns of its member too, and
/// returns a model that takes them out of the inputs itself. All rows and some columns,
/// {.replacement = false, .features = 30, .feature_sample = 10}, are random subspaces (T. Ho,
/// 1998).
///
/// The mean is one of what members return: for classes let them return probabilities, as the mean
/// of logits is another thing. Throws ValueError for fewer than one member or row, a negative size
/// or number of threads, a sample without replacement that is larger than what there is; what `fit`
/// and on_member throw passes through.
template <class Model>
class Bagging {
 public:
  template <class Fit>
  Bagging(std::int64_t rows, const Fit& fit, const BaggingOptions& options)
      : rows_(rows), options_(options) {
    extend(options.members, fit);
  }

  /// Trains `members` more (a warm start). It is the ensemble then that it would be if all had been
  /// trained at once.
  template <class Fit>
  void extend(int members, const Fit& fit) {
    cinta::detail::check_not_empty("Bagging", "fit", fit);
    BaggingOptions options = options_;
    options.members = members;
    const int first = int(members_.size());
    auto draws = detail::draws(rows_, options, first);
    std::vector<std::optional<Model>> trained(draws.size());
    detail::train_members(options, first, [&](int member) {
      const detail::Draw& draw = draws[std::size_t(member - first)];
      auto& place = trained[std::size_t(member - first)];
      if constexpr (std::is_invocable_v<const Fit&, const Rows&, const Rows&, int>)
        place.emplace(fit(draw.rows, draw.features, member));
      else
        place.emplace(fit(draw.rows, member));
    });
    for (auto& member : trained) members_.push_back(std::move(*member));
    for (auto& draw : draws) draws_.push_back(std::move(draw));
  }

  std::size_t size() const { return members_.size(); }
  const Model& member(std::size_t i) const { return members_.at(i); }
  const Rows& sample(std::size_t i) const { return draws_.at(i).rows; }
  /// Columns of member i; empty if they are not drawn.
  const Rows& features(std::size_t i) const { return draws_.at(i).features; }

  /// The members' predictions for `inputs` in one. Nothing is recorded.
  template <class... X>
  Tensor predict(Combining how, const X&... inputs) const {
    return detail::combine(contributions(how, -1, inputs...));
  }

  /// An estimate from the training data itself: predictions for `inputs`, which hold the rows that
  /// the ensemble was trained on, from the members that did not see them.
  template <class... X>
  OutOfBag out_of_bag(Combining how, const X&... inputs) const {
    const Tensors all = contributions(how, rows_, inputs...);
    detail::OutOfBagSums sums(rows_);
    for (std::size_t i = 0; i < all.size(); ++i) sums.add(all[i], draws_[i]);
    return sums.combined();
  }

  /// score(OutOfBag) of the first member, of the first two, and so on: whether more would help. It
  /// is NaN as long as there is no row that a member has not seen.
  template <class Score, class... X>
  std::vector<double> out_of_bag_curve(Combining how, const Score& score,
                                       const X&... inputs) const {
    cinta::detail::check_not_empty("out_of_bag_curve", "score", score);
    const Tensors all = contributions(how, rows_, inputs...);
    detail::OutOfBagSums sums(rows_);
    std::vector<double> curve;
    for (std::size_t i = 0; i < all.size(); ++i) {
      sums.add(all[i], draws_[i]);
      const OutOfBag some = sums.combined();
      curve.push_back(some.rows.empty() ? std::numeric_limits<double>::quiet_NaN()
                                        : double(score(some)));
    }
    return curve;
  }

 private:
  template <class... X>
  Tensors contributions(Combining how, std::int64_t rows, const X&... inputs) const {
    const NoGrad guard;
    Tensors all;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Model model = members_[i];  // modules are handles, whose calls need not be const
      Tensor output;
      if constexpr (std::is_invocable_v<Model&, const X&...>)
        output = model(inputs...);
      else
        output = model.forward(inputs...);
      all.push_back(detail::contribution(output, how, int(i), rows));
    }
    return all;
  }

  std::int64_t rows_;
  BaggingOptions options_;
  std::vector<detail::Draw> draws_;
  std::vector<Model> members_;
};

namespace detail {
template <class Fit>
auto member_of(const Fit& fit) {
  if constexpr (std::is_invocable_v<const Fit&, const Rows&, const Rows&, int>)
    return fit(Rows(), Rows(), 0);
  else
    return fit(Rows(), 0);
}
}  // namespace detail

/// Trains an ensemble: see Bagging.
template <class Fit>
auto bag(std::int64_t rows, const Fit& fit, const BaggingOptions& options = {}) {
  return Bagging<std::decay_t<decltype(detail::member_of(fit))>>(rows, fit, options);
}

/// Rows of a tensor along axis 0, copied. Throws IndexError.
Tensor take(const Tensor& x, const Rows& rows, Site site = {});

}  // namespace cinta::train
#pragma GCC visibility pop

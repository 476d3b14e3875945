#pragma once
// Bagging: one model for each of several bootstrap samples, and what they say together
// (L. Breiman, "Bagging predictors", Machine Learning 24, 1996).

#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tensor.hpp>
#include <cinta/train/random.hpp>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#pragma GCC visibility push(default)
namespace cinta::train {

struct BaggingOptions {
  int members = 10;
  std::uint64_t seed = 0;
  std::int64_t sample_size = 0;  ///< rows drawn for a member, with replacement; 0: as many as exist
  int threads = 0;               ///< members trained at once; 0: one for each processor
  /// After each member, with the number of those done; not at once from two threads. May throw to
  /// end the training.
  std::function<void(int done)> on_member = {};
};

/// How the members' predictions become one.
enum class Combine {
  mean,  ///< their mean
  vote,  ///< of outputs (rows, classes), the share of members for whom a class is the largest
};

/// What the members say about the rows that they were not trained on.
struct OutOfBag {
  Rows rows;        ///< in increasing order: those that at least one member has not seen
  Tensor combined;  ///< (rows, outputs), combined over the members that have not
};

namespace detail {

/// The bootstrap samples, each sorted. Throws ValueError for options out of range or no rows.
std::vector<Rows> bootstrap_samples(std::int64_t rows, const BaggingOptions& options);

/// Calls train(member) for each member, in threads of their own, each in one thread with a
/// generator that depends on the seed and the member alone. Rethrows the error of the first member
/// that failed; no others are begun after it.
void train_members(const BaggingOptions& options, const std::function<void(int member)>& train);

/// A member's output as it enters the mean. Throws ValueError unless it has `rows` rows (-1: any)
/// and, for a vote, the shape (rows, classes).
Tensor contribution(const Tensor& output, Combine how, int member, std::int64_t rows);

/// The mean of tensors of one shape.
Tensor combine(const Tensors& contributions);
/// The same for each row over the members whose sample it is not in.
OutOfBag combine_out_of_bag(const Tensors& contributions, const std::vector<Rows>& samples,
                            std::int64_t rows);

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
///     Tensor prediction = ensemble.predict(train::Combine::mean, x_test);
///
/// Throws ValueError for fewer than one member or row, or a negative size or number of threads;
/// what `fit` and on_member throw passes through.
template <class Model>
class Bagging {
 public:
  template <class Fit>
  Bagging(std::int64_t rows, const Fit& fit, const BaggingOptions& options)
      : rows_(rows), samples_(detail::bootstrap_samples(rows, options)) {
    std::vector<std::optional<Model>> members(samples_.size());
    detail::train_members(options, [&](int member) {
      members[std::size_t(member)].emplace(fit(samples_[std::size_t(member)], member));
    });
    for (auto& member : members) members_.push_back(std::move(*member));
  }

  std::size_t size() const { return members_.size(); }
  const Model& member(std::size_t i) const { return members_.at(i); }
  const Rows& sample(std::size_t i) const { return samples_.at(i); }

  /// The members' predictions for `inputs` in one. Nothing is recorded.
  template <class... X>
  Tensor predict(Combine how, const X&... inputs) const {
    return detail::combine(contributions(how, -1, inputs...));
  }

  /// An estimate from the training data itself: predictions for `inputs`, which hold the rows that
  /// the ensemble was trained on, from the members that did not see them.
  template <class... X>
  OutOfBag out_of_bag(Combine how, const X&... inputs) const {
    return detail::combine_out_of_bag(contributions(how, rows_, inputs...), samples_, rows_);
  }

 private:
  template <class... X>
  Tensors contributions(Combine how, std::int64_t rows, const X&... inputs) const {
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
  std::vector<Rows> samples_;
  std::vector<Model> members_;
};

/// Trains an ensemble: see Bagging.
template <class Fit>
auto bag(std::int64_t rows, const Fit& fit, const BaggingOptions& options = {}) {
  return Bagging<std::decay_t<std::invoke_result_t<const Fit&, const Rows&, int>>>(rows, fit,
                                                                                   options);
}

/// Rows of a tensor along axis 0, copied. Throws IndexError.
Tensor take(const Tensor& x, const Rows& rows, Site site = {});

}  // namespace cinta::train
#pragma GCC visibility pop

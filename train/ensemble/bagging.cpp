#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/reduce/logical.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/train/detail/jobs.hpp>
#include <cinta/train/ensemble/bagging.hpp>
#include <limits>

namespace cinta::train {
namespace {

void check(bool ok, const std::string& what) {
  if (!ok) throw ValueError("bag: " + what);
}

}  // namespace

namespace detail {

std::vector<Draw> draws(std::int64_t rows, const BaggingOptions& options, int first) {
  check(rows > 0, "needs at least one row, got " + std::to_string(rows));
  check(options.members > 0, "members must be at least 1, got " + std::to_string(options.members));
  check(options.threads >= 0,
        "threads must not be negative, got " + std::to_string(options.threads));
  const auto size = [](const char* name, std::int64_t wanted, std::int64_t all, bool replacement) {
    check(wanted >= 0, std::string(name) + " must not be negative, got " + std::to_string(wanted));
    check(replacement || wanted <= all, std::string(name) + " is " + std::to_string(wanted) +
                                            ", without replacement there are " +
                                            std::to_string(all));
    return std::size_t(wanted ? wanted : all);
  };
  check(options.features >= 0, "features must not be negative");
  check(options.feature_sample == 0 || options.features > 0,
        "feature_sample needs features, the number that there are");
  const std::size_t count = size("sample_size", options.sample_size, rows, options.replacement),
                    columns = size("feature_sample", options.feature_sample, options.features,
                                   options.feature_replacement);
  std::vector<Draw> all;
  for (int member = first; member < first + options.members; ++member) {
    auto generator = make_generator(options.seed, 2 * std::uint64_t(member));
    const auto draw = [&](std::size_t n, std::int64_t from, bool replacement) {
      Rows some(n);
      if (replacement)
        for (std::int64_t& one : some)
          one = std::int64_t(random_below(generator, std::uint64_t(from)));
      else if (n > 0)
        some = permutation(from, generator), some.resize(n);
      std::sort(some.begin(), some.end());
      return some;
    };
    Draw own;
    own.rows = draw(count, rows, options.replacement);
    own.features = draw(columns, options.features, options.feature_replacement);
    all.push_back(std::move(own));
  }
  return all;
}

void train_members(const BaggingOptions& options, int first,
                   const std::function<void(int member)>& train) {
  run_jobs(
      std::size_t(options.members), options.threads, options.seed,
      [&](std::size_t member) { train(int(member)); }, options.on_member, std::size_t(first));
}

Tensor contribution(const Tensor& output, Combining how, int member, std::int64_t rows) {
  const std::string which = "bag: the output of member " + std::to_string(member);
  if (!output.defined()) throw ValueError(which + " is undefined");
  if (rows >= 0 && (output.rank() == 0 || output.shape()[0] != rows)) {
    throw ShapeError(which + " is " + output.shape().str() + ", not one entry for each of the " +
                     std::to_string(rows) + " rows of training");
  }
  if (how == Combining::mean) return output;
  if (output.rank() != 2 || output.shape()[1] == 0)
    throw ShapeError(which + " is " + output.shape().str() + "; a vote needs (rows, classes)");
  return votes(output);
}

Tensor votes(const Tensor& output) {
  const Tensor votes = one_hot(argmax(output, 1), output.shape()[1], output.dtype());
  if (!is_floating(output.dtype())) return votes;
  return where(any(isnan(output), 1, keepdims), std::numeric_limits<double>::quiet_NaN(), votes);
}

Tensor combine(const Tensors& contributions) { return mean(stack(contributions), 0); }

OutOfBagSums::OutOfBagSums(std::int64_t rows) : count_(std::size_t(rows), 0.0) {}

void OutOfBagSums::add(const Tensor& contribution, const Draw& draw) {
  std::vector<bool> unseen(count_.size(), true);
  for (const std::int64_t row : draw.rows) unseen[std::size_t(row)] = false;
  for (std::size_t i = 0; i < unseen.size(); ++i) count_[i] += unseen[i];
  Shape column = Shape::filled(contribution.rank(), 1);
  column[0] = std::int64_t(count_.size());
  // Not times 0: a NaN of a member that has seen the row says nothing here.
  const Tensor share = where(reshape(from_data(unseen, {column[0]}), column), contribution,
                             zeros({}, contribution.dtype()));
  total_ = total_.defined() ? total_ + share : share;
}

OutOfBag OutOfBagSums::combined() const {
  OutOfBag result;
  std::vector<double> counts;
  for (std::size_t i = 0; i < count_.size(); ++i) {
    if (count_[i] == 0) continue;
    result.rows.push_back(std::int64_t(i));
    counts.push_back(count_[i]);
  }
  Shape column = Shape::filled(total_.rank(), 1);
  column[0] = std::int64_t(counts.size());
  result.combined = take(total_, result.rows) /
                    to(reshape(from_data(counts, {column[0]}), column), total_.dtype());
  return result;
}

}  // namespace detail

Tensor take(const Tensor& x, const Rows& rows, Site site) {
  return index_select(x, 0, from_data(rows, {std::int64_t(rows.size())}), site);
}

}  // namespace cinta::train

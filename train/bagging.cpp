#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view.hpp>
#include <cinta/train/bagging.hpp>
#include <cinta/train/detail/jobs.hpp>

namespace cinta::train {
namespace {

void check(bool ok, const std::string& what) {
  if (!ok) throw ValueError("bag: " + what);
}

}  // namespace

namespace detail {

std::vector<Rows> bootstrap_samples(std::int64_t rows, const BaggingOptions& options) {
  check(rows > 0, "needs at least one row, got " + std::to_string(rows));
  check(options.members > 0, "members must be at least 1, got " + std::to_string(options.members));
  check(options.sample_size >= 0,
        "sample_size must not be negative, got " + std::to_string(options.sample_size));
  check(options.threads >= 0,
        "threads must not be negative, got " + std::to_string(options.threads));
  std::vector<Rows> samples;
  for (int member = 0; member < options.members; ++member) {
    auto generator = make_generator(options.seed, 2 * std::uint64_t(member));
    Rows sample(std::size_t(options.sample_size ? options.sample_size : rows));
    for (std::int64_t& row : sample)
      row = std::int64_t(random_below(generator, std::uint64_t(rows)));
    std::sort(sample.begin(), sample.end());
    samples.push_back(std::move(sample));
  }
  return samples;
}

void train_members(const BaggingOptions& options, const std::function<void(int member)>& train) {
  run_jobs(
      std::size_t(options.members), options.threads, options.seed,
      [&](std::size_t member) { train(int(member)); }, options.on_member);
}

Tensor contribution(const Tensor& output, Combine how, int member, std::int64_t rows) {
  const std::string which = "bag: the output of member " + std::to_string(member);
  if (!output.defined()) throw ValueError(which + " is undefined");
  if (rows >= 0 && (output.rank() == 0 || output.shape()[0] != rows)) {
    throw ShapeError(which + " is " + output.shape().str() + ", not one entry for each of the " +
                     std::to_string(rows) + " rows of training");
  }
  if (how == Combine::mean) return output;
  if (output.rank() != 2 || output.shape()[1] == 0)
    throw ShapeError(which + " is " + output.shape().str() + "; a vote needs (rows, classes)");
  return one_hot(argmax(output, 1), output.shape()[1], output.dtype());
}

Tensor combine(const Tensors& contributions) { return mean(stack(contributions), 0); }

OutOfBag combine_out_of_bag(const Tensors& contributions, const std::vector<Rows>& samples,
                            std::int64_t rows) {
  std::vector<double> count(std::size_t(rows), 0.0);
  Tensor total;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    std::vector<double> unseen(std::size_t(rows), 1.0);
    for (const std::int64_t row : samples[k]) unseen[std::size_t(row)] = 0;
    for (std::size_t i = 0; i < unseen.size(); ++i) count[i] += unseen[i];
    Shape column = Shape::filled(contributions[k].rank(), 1);
    column[0] = rows;
    const Tensor weights = to(reshape(from_data(unseen, {rows}), column), contributions[k].dtype());
    const Tensor share = contributions[k] * weights;
    total = total.defined() ? total + share : share;
  }
  OutOfBag result;
  std::vector<double> counts;
  for (std::size_t i = 0; i < count.size(); ++i) {
    if (count[i] == 0) continue;
    result.rows.push_back(std::int64_t(i));
    counts.push_back(count[i]);
  }
  Shape column = Shape::filled(total.rank(), 1);
  column[0] = std::int64_t(counts.size());
  result.combined =
      take(total, result.rows) / to(reshape(from_data(counts, {column[0]}), column), total.dtype());
  return result;
}

}  // namespace detail

Tensor take(const Tensor& x, const Rows& rows, Site site) {
  return index_select(x, 0, from_data(rows, {std::int64_t(rows.size())}), site);
}

}  // namespace cinta::train

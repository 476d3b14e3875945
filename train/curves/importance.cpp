#include <algorithm>
#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/train/curves/importance.hpp>
#include <cinta/train/detail/statistics/moments.hpp>

namespace cinta::train {
namespace {

void check(const char* who, const Tensor& x, std::int64_t column) {
  if (x.rank() != 2 || x.shape()[0] == 0)
    throw ShapeError(std::string(who) + ": x is " + x.shape().str() + ", not (rows, features)");
  if (column < 0 || column >= x.shape()[1])
    throw IndexError(std::string(who) + ": feature " + std::to_string(column) + " of " +
                     std::to_string(x.shape()[1]));
}

}  // namespace

std::vector<Band> permutation_importance(const Tensor& x,
                                         const std::function<double(const Tensor&)>& score,
                                         const ImportanceOptions& options) {
  cinta::detail::check_not_empty("permutation_importance", "score", score);
  if (options.repeats < 1)
    throw ValueError("permutation_importance: repeats must be at least 1, got " +
                     std::to_string(options.repeats));
  check("permutation_importance", x, 0);
  std::vector<Rows> groups = options.groups;
  for (std::int64_t column = 0; options.groups.empty() && column < x.shape()[1]; ++column)
    groups.push_back({column});
  for (const Rows& group : groups)
    for (const std::int64_t column : group) check("permutation_importance", x, column);

  const NoGrad guard;
  const double whole = score(x);
  const std::vector<double> values = to(x, float64).to_vector<double>();
  const auto rows = x.shape()[0], columns = x.shape()[1];
  std::vector<Band> bands;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    std::vector<double> losses;
    for (int repeat = 0; repeat < options.repeats; ++repeat) {
      auto generator =
          make_generator(options.seed, g * std::uint64_t(options.repeats) + std::uint64_t(repeat));
      const Rows order = permutation(rows, generator);
      std::vector<double> shuffled = values;
      for (std::int64_t row = 0; row < rows; ++row)
        for (const std::int64_t column : groups[g])
          shuffled[std::size_t(row * columns + column)] =
              values[std::size_t(order[std::size_t(row)] * columns + column)];
      const double now = score(to(from_data(shuffled, {rows, columns}), x.dtype()));
      losses.push_back(options.maximize ? whole - now : now - whole);
    }
    bands.push_back(band_of(losses, options.confidence));
  }
  return bands;
}

PartialDependence partial_dependence(const Tensor& x, std::int64_t feature,
                                     const std::function<Tensor(const Tensor&)>& predict,
                                     std::vector<double> values) {
  cinta::detail::check_not_empty("partial_dependence", "predict", predict);
  check("partial_dependence", x, feature);
  const NoGrad guard;
  const std::vector<double> all = to(x, float64).to_vector<double>();
  const auto rows = x.shape()[0], columns = x.shape()[1];
  if (values.empty()) {
    std::vector<double> column;
    for (std::int64_t row = 0; row < rows; ++row)
      column.push_back(all[std::size_t(row * columns + feature)]);
    std::sort(column.begin(), column.end());
    for (std::int64_t i = 0; i < 20; ++i)
      values.push_back(column[std::size_t((2 * i + 1) * (rows - 1) / 40)]);
    values.erase(std::unique(values.begin(), values.end()), values.end());
  }
  PartialDependence result;
  result.values = std::move(values);
  for (const double value : result.values) {
    std::vector<double> changed = all;
    for (std::int64_t row = 0; row < rows; ++row)
      changed[std::size_t(row * columns + feature)] = value;
    const Tensor output = predict(to(from_data(changed, {rows, columns}), x.dtype()));
    if (output.numel() != rows)
      throw ShapeError("partial_dependence: predict gave " + output.shape().str() +
                       ", not one number for each of " + std::to_string(rows) + " rows");
    const detail::Moments moments = detail::moments(to(output, float64).to_vector<double>());
    result.mean.push_back(moments.mean);
    result.std.push_back(moments.std.get());
  }
  return result;
}

}  // namespace cinta::train

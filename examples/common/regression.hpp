#pragma once
// A CSV file of numbers as a linear regression.

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/train/data/features/standard_scaler.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cmath>
#include <numeric>

namespace example {

/// All in float64, each feature with mean 0 and (population) standard deviation 1, the target with
/// mean 0 in its own units.
struct Regression {
  std::vector<std::string> names;
  cinta::Tensor x;  ///< (rows, features)
  cinta::Tensor y;  ///< (rows,)

  std::int64_t rows() const { return x.shape()[0]; }
  std::int64_t features() const { return x.shape()[1]; }
};

/// Every column but `target` is a feature. Throws IoError for a file, column or cell that is not
/// there or not a number, ValueError for too few rows, for a column without spread and for a target
/// whose squares leave the range of a double.
inline Regression load_regression(const std::string& path, const std::string& target,
                                  const cinta::io::CsvOptions& csv) {
  using namespace cinta;
  const io::CsvTable table = io::read_csv(path, csv);
  table.index(target);
  const auto rows = static_cast<std::int64_t>(table.rows());
  const auto features = static_cast<std::int64_t>(table.header.size()) - 1;
  if (features < 1) throw ValueError(path + ": no column besides the target");
  if (rows < 2) throw ValueError(path + ": needs at least two rows");
  train::Rows all(table.rows());
  std::iota(all.begin(), all.end(), 0);

  Regression data;
  std::vector<double> x(std::size_t(rows * features)), y;
  for (const std::string& name : table.header) {
    std::vector<double> values = train::numeric_column(table, name);
    const train::StandardScaler scaler(values, all);
    if (std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; }))
      throw ValueError(path + ": column " + io::quoted(name) + " is the same in every row");
    if (name == target) {
      for (double& value : values) value -= scaler.mean();
      const double squares = std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
      if (!std::isnormal(squares))
        throw ValueError(path + ": column " + io::quoted(name) +
                         " has squares beyond the range of a double; another unit may help");
      y = std::move(values);
      continue;
    }
    for (std::size_t row = 0; row < values.size(); ++row)
      x[row * std::size_t(features) + data.names.size()] = scaler.transform(values[row]);
    data.names.push_back(name);
  }
  data.x = from_data(x, {rows, features});
  data.y = from_data(y, {rows});
  return data;
}

}  // namespace example

#pragma once
// The pages of the tour, in the order of the lecture. Each computes, prints its table, writes its
// CSV and plot, and returns its figures.

#include <iosfwd>

#include "../common/training.hpp"

namespace tour {

using example::Json;

struct Options : example::RunOptions {
  std::string data = example::data_file("diabetes.csv");
  std::string target = "progression";
  cinta::io::CsvOptions csv;
  double lr = 0.1;      // pages 1 and 2
  double lambda = 0.5;  // pages 1 and 2
  double ridge = 44.2;  // page 3: X'X + ridge * I
  double p = 0.3;       // page 5
  std::uint64_t seed = 1;
};

struct Context {
  const Options& options;
  cinta::train::OutputFolder& folder;
  example::Steps& progress;  // one step a page
  std::ostream& out;
};

/// 1. L2: every step shrinks a weight by the factor 1 - lr * lambda, as a node and as weight decay;
///    Adam turns the node into something else, and AdamW keeps the factor.
Json shrink_factor(Context& context);

/// 2. L1: every step takes lr * lambda off, whatever the weight's size, and a gradient step then
///    rattles around zero where a proximal step stays.
Json constant_step(Context& context);

/// 3. Ridge regression by gradient descent on a penalty node, against (X'X + lambda I)^-1 X'y.
Json ridge(Context& context);
/// A trial of a search: its gradient descent, and the error on rows that it has not seen.
void validate_ridge(const Options& options);

/// 4. The covariance picture: L2 shrinks along the principal axes of the features by
///    variance / (variance + lambda), L1 goes to an axis of the coordinates.
Json covariance(Context& context);

/// 5. Dropout on and off: the mean is kept, the variance of the noise is p / (1 - p) x^2, which for
///    a regression is an L2 penalty on each weight in the scale of its feature.
Json dropout_on_and_off(Context& context);

}  // namespace tour

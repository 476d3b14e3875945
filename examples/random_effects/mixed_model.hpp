#pragma once
// A linear mixed model: y = X beta + sum over factors of u[level] + noise, where the effects u of a
// factor are drawn from one normal distribution.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mixed {

/// A categorical column: which level each row has.
struct Factor {
  std::string name;
  std::vector<std::int64_t> level;  ///< of each row, from 0
  std::vector<std::string> labels;  ///< of each level
  double lambda = 0;                ///< variance of the noise over that of the effects
  std::vector<double> truth = {};   ///< effects that generated data was made with, else empty

  std::size_t levels() const { return labels.size(); }
  std::vector<double> rows_of_levels() const;
};

struct Data {
  std::vector<std::string> fixed_names;    ///< "intercept" first
  std::vector<std::vector<double>> fixed;  ///< columns of X; all but the intercept standardised
  std::vector<Factor> factors;
  std::vector<double> y;  ///< the target less `center`
  double center = 0;
};

/// What a method says about the model.
struct Solution {
  std::vector<double> beta;
  std::vector<std::vector<double>> effects;  ///< by factor and level
};

struct FitOptions {
  double momentum = 0.95;
  double tolerance =
      1e-11;  ///< of the largest change that a step would make, relative to y's spread
  int max_steps = 100000;
};

/// Minimises ||y - X beta - sum u||^2 / 2 + sum over factors of lambda / 2 * ||u||^2, with an
/// embedding of width one for each factor and L2 as the weight decay of its optimizer group. Now
/// and then calls `report` with the share of the way to the tolerance, in decades, that is done.
/// Throws cinta::ValueError if max_steps do not suffice, and for figures beyond the range of a
/// double.
Solution fit_embeddings(const Data& data, const FitOptions& options,
                        const std::function<void(double)>& report, int* steps);

/// The best linear unbiased predictor in closed form: Henderson's equations (C. R. Henderson,
/// "Best linear unbiased estimation and prediction under a selection model", Biometrics 31, 1975),
/// solved by a Cholesky decomposition of a matrix with a row for every unknown. Throws
/// cinta::ValueError if they determine no solution.
Solution henderson(const Data& data);

/// Numbers of the equations above.
std::size_t unknowns(const Data& data);

/// Mean over the rows of each level of what the rest of the model leaves: the effect without
/// shrinkage.
std::vector<double> raw_means(const Data& data, const Solution& solution, std::size_t factor);

/// Largest difference between two solutions, over all unknowns.
double difference(const Solution& a, const Solution& b);

}  // namespace mixed

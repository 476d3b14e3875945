#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/train/ensemble/dropout_draws.hpp>
#include <limits>

namespace cinta::train {
namespace {

/// -sum p log p over the last axis; 0 times a finite logarithm is 0.
Tensor entropy_of(const Tensor& p) {
  return -sum(p * log(clamp(p, std::numeric_limits<float>::min(), 2)), -1);
}

}  // namespace

Tensor DropoutDraws::entropy() const { return entropy_of(mean); }
Tensor DropoutDraws::information() const {
  return entropy_of(mean) - cinta::mean(entropy_of(outputs), 0);
}

DropoutDraws dropout_draws(const nn::Module& model, const std::vector<nn::Module>& dropouts,
                           int draws, const std::function<Tensor()>& f) {
  cinta::detail::check_not_empty("dropout_draws", "f", f);
  if (draws < 2)
    throw ValueError("dropout_draws: draws must be at least 2, got " + std::to_string(draws));
  if (dropouts.empty()) throw ValueError("dropout_draws: no dropouts");
  const nn::EvalGuard mode(model);
  for (const nn::Module& dropout : dropouts) dropout.train();
  const NoGrad guard;
  Tensors outputs;
  for (int i = 0; i < draws; ++i) outputs.push_back(f());
  DropoutDraws result;
  result.outputs = stack(outputs);
  result.mean = mean(result.outputs, 0);
  result.std = sqrt(var(result.outputs, 0));
  return result;
}

}  // namespace cinta::train

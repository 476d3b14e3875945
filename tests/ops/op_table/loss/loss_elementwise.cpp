#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/loss/loss.hpp>
#include <cmath>
#include <limits>

#include "ops/op_table/reference.hpp"

// Losses that are a function of a prediction and a target: a row for each reduction.

namespace {

using namespace op_table;
using check::Sample;

using Loss = Tensor (*)(const Tensor& prediction, const Tensor& target, Reduction reduction);

const std::pair<Reduction, const char*> reductions[] = {
    {Reduction::mean, ""}, {Reduction::sum, ", sum"}, {Reduction::none, ", none"}};

struct Losses : Register {
  /// `first`: what errors call the first argument.
  Losses(const Row& row, Loss loss, double (*of)(double, double),
         const std::string& first = "prediction")
      : Register(rows(row, loss, of, first)) {}

 private:
  static std::vector<Row> rows(const Row& common, Loss loss, double (*of)(double, double),
                               const std::string& first) {
    const std::string& name = common.name;
    std::vector<Row> rows;
    for (const auto& [reduction, suffix] : reductions) {
      Row row = common;
      row.name = name + suffix;
      row.function = [loss, reduction = reduction](const Tensors& in) {
        return loss(in[0], in[1], reduction);
      };
      row.reference = [of, reduction = reduction](const Tensors& in) {
        return reduced(each(of)(in)[0], reduction);
      };
      row.errors.push_back(
          {{reals({2, 3}), reals({3})},
           name + ": " + first + " (2, 3) and target (3,) must have the same shape"});
      row.errors.push_back({{integers({2}, 0, 3), reals({2})},
                            name + ": " + first + " must be floating, got int64"});
      row.errors.push_back({[loss] { return loss(ones({2}), Tensor(), Reduction::mean); },
                            name + ": input 1 is an undefined tensor"});
      rows.push_back(std::move(row));
    }
    return rows;
  }
};

const std::vector<Sample> any = pairs(reals({}), reals({}));
const std::vector<Sample> distinct = pairs(reals({}).distinct(), reals({}).distinct());

const Losses huber(
    {.name = "huber_loss",
     .samples = any,
     .errors = {{[] { return huber_loss(ones({2}), ones({2}), 0); },
                 "huber_loss: delta must be positive and finite, got 0"}}},
    [](const Tensor& p, const Tensor& t, Reduction r) { return huber_loss(p, t, 0.7, r); },
    [](double p, double t) {
      const double error = std::fabs(p - t);
      return error <= 0.7 ? 0.5 * error * error : 0.7 * (error - 0.35);
    });

const Losses smooth_l1(
    {.name = "smooth_l1_loss",
     .samples = any,
     .errors = {{[] { return smooth_l1_loss(ones({2}), ones({2}), -1); },
                 "smooth_l1_loss: beta must not be negative and be finite, got -1"},
                {[] { return smooth_l1_loss(ones({2}), ones({3}), 0); },
                 "smooth_l1_loss: prediction (2,) and target (3,) must have the same shape"}}},
    [](const Tensor& p, const Tensor& t, Reduction r) { return smooth_l1_loss(p, t, 0.7, r); },
    [](double p, double t) {
      const double error = std::fabs(p - t);
      return error <= 0.7 ? 0.5 * error * error / 0.7 : error - 0.35;
    });

const Losses quantile(
    {.name = "quantile_loss",
     .samples = distinct,
     .errors = {{[] { return quantile_loss(ones({2}), ones({2}), 1); },
                 "quantile_loss: quantile must lie in (0, 1), got 1"}}},
    [](const Tensor& p, const Tensor& t, Reduction r) { return quantile_loss(p, t, 0.8, r); },
    [](double p, double t) { return (t - p) * (t < p ? 0.8 - 1 : 0.8); });

const Losses soft_margin(
    {.name = "soft_margin_loss", .samples = any},
    [](const Tensor& p, const Tensor& t, Reduction r) { return soft_margin_loss(p, t, r); },
    [](double p, double t) { return softplus_of(-t * p); });

const Losses poisson(
    {.name = "poisson_nll_loss", .samples = any},
    [](const Tensor& p, const Tensor& t, Reduction r) { return poisson_nll_loss(p, t, r); },
    [](double p, double t) { return std::exp(p) - t * p; }, "log_rate");

const Losses divergence(
    {.name = "kl_div",
     .samples = pairs(reals({}, -5, 0), reals({}, 0.1, 1)),
     .extremes = false},  // float32 holds the mean of losses of 5e36, and not their sum
    [](const Tensor& p, const Tensor& t, Reduction r) { return kl_div(p, t, r); },
    [](double lq, double p) { return p == 0 ? 0 : p * (std::log(p) - lq); }, "log_q");

const Losses binary(
    {.name = "binary_cross_entropy", .samples = pairs(reals({}, 0.1, 0.9), reals({}, 0.1, 0.9))},
    [](const Tensor& p, const Tensor& t, Reduction r) { return binary_cross_entropy(p, t, r); },
    [](double p, double t) {
      return -(t == 0 ? 0 : t * std::log(p)) - (t == 1 ? 0 : (1 - t) * std::log1p(-p));
    },
    "probability");

double log_factorial_of(double t) {
  return t > 1 ? t * std::log(t) - t + 0.5 * std::log(6.283185307179586 * t) : 0;
}

const Register with_options({
    {.name = "poisson_nll_loss, full",
     .function =
         [](const Tensors& in) {
           return poisson_nll_loss(in[0], in[1], {.full = true, .reduction = Reduction::none});
         },
     .reference = each([](double p, double t) {
       return std::exp(p) - t * p + log_factorial_of(t);
     }),
     .samples = {{reals({2, 3}), reals({2, 3}, 1.2, 5)}, {reals({4}), reals({4}, 0.1, 0.9)}}},
    {.name = "poisson_nll_loss of rates",
     .function =
         [](const Tensors& in) {
           return poisson_nll_loss(
               in[0], in[1],
               {.log_input = false, .full = true, .eps = 0.01, .reduction = Reduction::none});
         },
     .reference = each([](double p, double t) {
       return p - t * std::log(p + 0.01) + log_factorial_of(t);
     }),
     .samples = {{reals({2, 3}, 0.1, 4), reals({2, 3}, 1.2, 5)}},
     .errors = {{[] { return poisson_nll_loss(ones({2}), ones({2}), {.eps = -1}); },
                 "poisson_nll_loss: eps must not be negative, got -1"}},
     .infinities = false},  // rate inf: inf - inf
    {.name = "kl_div of log-probabilities",
     .function =
         [](const Tensors& in) {
           return kl_div(in[0], in[1], {.log_target = true, .reduction = Reduction::none});
         },
     .reference = each([](double lq, double lp) {
       return std::exp(lp) == 0 ? 0 : std::exp(lp) * (lp - lq);
     }),
     .samples = {{reals({2, 3}, -5, 0), reals({2, 3}, -5, 0)}}},
    {.name = "kl_div, mean of rows",
     .function = [](const Tensors& in) { return kl_div(in[0], in[1], {.batch_mean = true}); },
     .reference =
         [](const Tensors& in) {
           double sum = 0;
           for (std::int64_t i = 0; i < in[0].numel(); ++i)
             sum += at(in[1], i) * (std::log(at(in[1], i)) - at(in[0], i));
           return build({}, float64, [&](std::int64_t) { return sum / double(in[0].shape()[0]); });
         },
     .samples = {{reals({2, 3}, -5, 0), reals({2, 3}, 0.1, 1)}},
     .errors = {{[] { return kl_div(ones({}), ones({}), {.batch_mean = true}); },
                 "kl_div: batch_mean needs an axis of rows, got ()"}},
     .infinities = false,
     .extremes = false},
});

const Register limits({
    {.name = "losses at their limits",
     .function =
         [](const Tensors& in) {
           const Tensor one = ones({1}, in[0].dtype()), zero = zeros({1}, in[0].dtype());
           return binary_cross_entropy(one, one) + binary_cross_entropy(zero, zero) +
                  kl_div(zero - std::numeric_limits<double>::infinity(), zero) +
                  smooth_l1_loss(3 * one, one, 0) + 0 * in[0];
         },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), float64,
                        [&](std::int64_t i) { return 2 + 0 * at(in[0], i); });
         },
     .samples = {{reals({2})}},
     .differentiable = true,
     .infinities = false,
     .extremes = false},
});

}  // namespace

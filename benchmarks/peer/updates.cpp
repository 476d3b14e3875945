#include "updates.hpp"

#include "tensors.hpp"
#include "works/data.hpp"

namespace bench {
namespace {

using torch::Tensor;
using O = UpdateOptions;
using List = std::vector<Tensor>;

// What libtorch does fastest: one fused call for all tensors, or where it has none, a call for each
// part of the rule that takes all tensors; before 2.0 its optimizers, and loops over tensors.
#if TORCH_VERSION_MAJOR > 1
std::function<void()> step_of(const std::string& name, const List& weights, const List& gradients) {
  List first, second, counts;
  for (const Tensor& w : weights) {
    first.push_back(torch::zeros_like(w));
    second.push_back(torch::zeros_like(w));
    counts.push_back(torch::zeros({}));
  }
  if (name == "adam" || name == "adamw")
    return [=] {
      at::_foreach_add_(counts, 1);
      const auto step = [&](auto fused) {
        fused(weights, gradients, first, second, List{}, counts, O::lr, O::beta1, O::beta2,
              O::weight_decay, O::eps, false, false);
      };
      if (name == "adam")
        step([](auto&&... all) { at::_fused_adam_(all...); });
      else
        step([](auto&&... all) { at::_fused_adamw_(all...); });
    };
  if (name == "sgd-momentum")
    return [=] {
      at::_fused_sgd_(weights, gradients, first, 0.0, O::momentum, O::lr, 0.0, false, false, false);
    };
  if (name == "lion")
    return [=] {
      List direction = at::_foreach_lerp(first, gradients, 1 - O::lion_beta1);
      at::_foreach_sign_(direction);
      at::_foreach_mul_(weights, 1 - O::lr * O::weight_decay);
      at::_foreach_add_(weights, direction, -O::lr);
      at::_foreach_lerp_(first, gradients, 1 - O::lion_beta2);
    };
  if (name == "rmsprop")
    return [=] {
      at::_foreach_mul_(first, O::alpha);
      at::_foreach_addcmul_(first, gradients, gradients, 1 - O::alpha);
      List divisor = at::_foreach_sqrt(first);
      at::_foreach_add_(divisor, O::eps);
      at::_foreach_addcdiv_(weights, gradients, divisor, -O::lr);
    };
  if (name == "clip-grad-norm")
    return [=, norm = std::make_shared<double>(1.0)] {
      const double total = number(torch::stack(at::_foreach_norm(gradients, 2)).norm());
      if (total > *norm) at::_foreach_mul_(gradients, *norm / total);
      *norm = O::shrink * total;
    };
  const auto averages = std::make_shared<List>();
  return [=] {
    if (averages->empty())
      for (const Tensor& w : weights) averages->push_back(w.clone());
    else
      at::_foreach_lerp_(*averages, weights, 1 - O::decay);
  };
}
#else
std::function<void()> step_of(const std::string& name, const List& weights, const List& gradients) {
  const auto steps = [](auto optimizer) { return [optimizer] { optimizer->step(); }; };
  const std::tuple<double, double> betas{O::beta1, O::beta2};
  if (name == "adam")
    return steps(std::make_shared<torch::optim::Adam>(
        weights,
        torch::optim::AdamOptions(O::lr).betas(betas).eps(O::eps).weight_decay(O::weight_decay)));
  if (name == "adamw")
    return steps(std::make_shared<torch::optim::AdamW>(
        weights,
        torch::optim::AdamWOptions(O::lr).betas(betas).eps(O::eps).weight_decay(O::weight_decay)));
  if (name == "sgd-momentum")
    return steps(std::make_shared<torch::optim::SGD>(
        weights, torch::optim::SGDOptions(O::lr).momentum(O::momentum)));
  if (name == "rmsprop")
    return steps(std::make_shared<torch::optim::RMSprop>(
        weights, torch::optim::RMSpropOptions(O::lr).alpha(O::alpha).eps(O::eps)));
  if (name == "clip-grad-norm")
    return [=, norm = std::make_shared<double>(1.0)] {
      *norm = O::shrink * torch::nn::utils::clip_grad_norm_(weights, *norm);
    };
  List kept;
  for (const Tensor& w : weights) kept.push_back(torch::zeros_like(w));
  if (name == "lion")
    return [=] {
      const torch::NoGradGuard no_grad;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const Tensor direction = kept[i].lerp(gradients[i], 1 - O::lion_beta1).sign_();
        Tensor(weights[i]).mul_(1 - O::lr * O::weight_decay).add_(direction, -O::lr);
        Tensor(kept[i]).lerp_(gradients[i], 1 - O::lion_beta2);
      }
    };
  return [=, begun = std::make_shared<bool>(false)] {
    const torch::NoGradGuard no_grad;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (*begun)
        Tensor(kept[i]).lerp_(weights[i], 1 - O::decay);
      else
        Tensor(kept[i]).copy_(weights[i]);
    }
    *begun = true;
  };
}
#endif

}  // namespace

Running start_update(const Update& update, const ParameterSet& set) {
  List weights, gradients;
  for (std::int64_t i = 0; i < set.count; ++i) {
    const auto stream = 2 * std::uint64_t(i);
    weights.push_back(tensor(values(stream, set.numel), {set.numel}));
    gradients.push_back(tensor(values(stream + 1, set.numel, 0.1), {set.numel}));
    weights.back().set_requires_grad(TORCH_VERSION_MAJOR == 1);  // for its optimizers
    weights.back().mutable_grad() = gradients.back();
  }
  const auto results = [=] {
    double sum_of_weights = 0, sum_of_gradients = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      sum_of_weights += number(weights[i].detach().abs().sum());
      sum_of_gradients += number(gradients[i].abs().sum());
    }
    return std::vector<double>{sum_of_weights, sum_of_gradients};
  };
  return {step_of(update.name, weights, gradients), results};
}

}  // namespace bench

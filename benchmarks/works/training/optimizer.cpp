// Steps of optimizers, clipping and averaging: parameters that have their gradients already.

#include <cinta/cinta.hpp>

#include "../data.hpp"
#include "../sizes.hpp"
#include "../work.hpp"

namespace bench {
namespace {

using namespace cinta;
using O = UpdateOptions;

std::function<void()> step_of(const std::string& name, const Tensors& parameters) {
  const auto steps = [](auto optimizer) { return [optimizer] { optimizer->step(); }; };
  const optim::AdamOptions adam{.lr = O::lr,
                                .beta1 = O::beta1,
                                .beta2 = O::beta2,
                                .eps = O::eps,
                                .weight_decay = O::weight_decay};
  if (name == "adam") return steps(std::make_shared<optim::Adam>(parameters, adam));
  if (name == "adamw") return steps(std::make_shared<optim::AdamW>(parameters, adam));
  if (name == "sgd-momentum")
    return steps(std::make_shared<optim::SGD>(
        parameters, optim::SGDOptions{.lr = O::lr, .momentum = O::momentum}));
  if (name == "lion")
    return steps(std::make_shared<optim::Lion>(
        parameters, optim::LionOptions{.lr = O::lr,
                                       .beta1 = O::lion_beta1,
                                       .beta2 = O::lion_beta2,
                                       .weight_decay = O::weight_decay}));
  if (name == "rmsprop")
    return steps(std::make_shared<optim::RMSprop>(
        parameters, optim::RMSpropOptions{.lr = O::lr, .alpha = O::alpha, .eps = O::eps}));
  if (name == "clip-grad-norm")
    return [parameters, norm = std::make_shared<double>(1.0)] {
      *norm = O::shrink * optim::clip_grad_norm(parameters, *norm);
    };
  const auto average =
      std::make_shared<optim::Average>(optim::Average::exponential(parameters, O::decay));
  return [average] { average->update(); };
}

Running start(const Update& update, const ParameterSet& set) {
  Tensors parameters;
  for (std::int64_t i = 0; i < set.count; ++i) {
    const auto stream = 2 * std::uint64_t(i);
    parameters.push_back(from_data(values(stream, set.numel), {set.numel}).requires_grad_());
    parameters.back().set_grad(from_data(values(stream + 1, set.numel, 0.1), {set.numel}));
  }
  const auto results = [parameters] {
    double sum_of_parameters = 0, sum_of_gradients = 0;
    for (const Tensor& parameter : parameters) {
      sum_of_parameters += sum(abs(parameter)).item();
      sum_of_gradients += sum(abs(parameter.grad())).item();
    }
    return std::vector<double>{sum_of_parameters, sum_of_gradients};
  };
  return {step_of(update.name, parameters), results};
}

}  // namespace

Works optimizer_works() {
  Works works;
  for (const Update& update : updates) {
    for (const ParameterSet& set : parameter_sets) {
      Work work;
      work.name = update.name + "-" + set.name;
      work.title = update.name + ", " + std::to_string(set.count) + " tensors of " +
                   std::to_string(set.numel);
      work.limit.bytes = 4.0 * update.arrays * double(set.count * set.numel);
      work.peer_target = update.peer_target;
      work.limit_target = 1.2;
      work.recorded = 1.2;
      work.start = [update, set](Mode) { return start(update, set); };
      works.push_back(std::move(work));
    }
  }
  return works;
}

}  // namespace bench

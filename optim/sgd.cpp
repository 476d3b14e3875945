#include <cinta/autograd/error.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/kernels/optimize.hpp>
#include <cinta/optim/sgd.hpp>

namespace cinta::optim {
namespace {

void check(const SGDOptions& options, const Site& site) {
  const char* rule = "not be negative";
  check_option("SGD", "lr", options.lr >= 0, rule, options.lr, site);
  check_option("SGD", "momentum", options.momentum >= 0, rule, options.momentum, site);
  check_option("SGD", "weight_decay", options.weight_decay >= 0, rule, options.weight_decay, site);
  if (options.nesterov && (options.momentum == 0 || options.dampening != 0))
    throw ValueError("SGD: nesterov needs momentum and no dampening", site);
}

}  // namespace

SGD::SGD(const Tensors& parameters, SGDOptions options, Site site) {
  add_group(parameters, options, SiteScope::resolve(site));
}

void SGD::add_group(const Tensors& parameters, SGDOptions options, Site site) {
  check(options, site);
  const std::size_t first = register_parameters("SGD", parameters, site);
  groups_.push_back({first, first + parameters.size(), options});
  buffers_.resize(this->parameters().size());
}

void SGD::step(Site site) {
  for (const Group& group : groups_) {
    const SGDOptions& options = group.options;
    check(options, site);
    for (std::size_t i = group.first; i < group.last; ++i) {
      const Tensor gradient = this->gradient("SGD", i, site);
      if (!gradient.defined()) continue;
      const Tensor& parameter = parameters()[i];
      kernels::SgdStep step{options.lr,           options.momentum, options.dampening,
                            options.weight_decay, options.nesterov, false};
      if (options.momentum != 0) {
        step.first = !buffers_[i].defined();
        if (step.first) buffers_[i] = zeros(parameter.shape(), parameter.dtype());
        const Array buffer = buffers_[i];
        kernels::sgd_step(parameter, gradient, &buffer, step);
      } else {
        kernels::sgd_step(parameter, gradient, nullptr, step);
      }
      parameter.storage()->bump_version("SGD.step", SiteScope::resolve(site));
    }
  }
}

double SGD::step_size(std::size_t i) const {
  const SGDOptions& options = options_of(i);
  if (options.momentum == 0) return options.lr;  // dampening acts on the buffer only
  return options.lr * (1 - options.dampening) / (1 - options.momentum);
}

}  // namespace cinta::optim

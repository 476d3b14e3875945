#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/optim/optimizer.hpp>
#include <cmath>

namespace cinta::optim {

std::size_t Optimizer::register_parameters(const char* name, const Tensors& parameters,
                                           const Site& site) {
  const std::string prefix = std::string(name) + ": parameter ";
  const std::size_t first = parameters_.size();
  if (parameters.empty()) throw ValueError(std::string(name) + ": no parameters", site);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& parameter = parameters[i];
    const std::string which = prefix + std::to_string(i);
    if (!parameter.defined()) throw ValueError(which + " is undefined", site);
    if (!parameter.requires_grad() || !parameter.is_leaf())
      throw GraphError(which + " is not a leaf that requires gradients", site);
    if (!parameter.is_contiguous())
      throw ValueError(which + " is not dense; pass contiguous(x)", site);
    const bool known = std::any_of(parameters_.begin(), parameters_.end(),
                                   [&](const Tensor& p) { return p.impl() == parameter.impl(); });
    if (known) throw ValueError(which + " is given twice", site);
    parameters_.push_back(parameter);
    specs_.push_back(parameter.spec());
  }
  return first;
}

Tensor Optimizer::gradient(const char* name, std::size_t i, const Site& site, Rows rows) const {
  if (parameters_[i].spec() != specs_[i]) {
    throw GraphError(std::string(name) + ": parameter " + std::to_string(i) + " was " +
                         specs_[i].str() + " when the optimizer was made and is " +
                         parameters_[i].spec().str() + " now; make a new optimizer",
                     site);
  }
  Tensor gradient = parameters_[i].grad();
  if (!gradient.defined()) return gradient;
  if (!gradient.is_row_sparse()) return contiguous(gradient.detach());
  if (rows == Rows::refused) {
    throw ValueError(std::string(name) + ": parameter " + std::to_string(i) +
                         " has a row-sparse gradient, and this optimizer has no exact rule for the "
                         "rows that it leaves out; look its rows up without `sparse`, or train it "
                         "with SGD, Adagrad, Adam or AdamW",
                     site);
  }
  const SiteScope scope(SiteScope::resolve(site));
  detail::check_table(gradient);
  return gradient;
}

Tensor Optimizer::new_state(const char* name, std::size_t i, double value, const Site& site) const {
  const Tensor state = cinta::detail::new_tensor(name, specs_[i].shape, specs_[i].dtype, site);
  const NoGrad no_grad;
  fill_(state, value);
  return state;
}

void Optimizer::catch_up() const {
  for (const Tensor& parameter : parameters_) parameter.catch_up();
}

void Optimizer::zero_grad(bool set_to_none, Site site) const {
  cinta::zero_grad(parameters_, set_to_none, site);
}

double Optimizer::step_size(std::size_t) const {
  throw ValueError("step_size: this optimizer has no step for a proximal operator; override it",
                   Site());
}

void check_option(const char* optimizer, const char* option, bool ok, const char* rule,
                  double value, const Site& site) {
  if (ok) return;
  throw ValueError(
      std::string(optimizer) + ": " + option + " must " + rule + ", got " + std::to_string(value),
      site);
}

void check_factor(const char* optimizer, const char* option, double value, const Site& site) {
  check_option(optimizer, option, value >= 0, "not be negative", value, site);
  check_option(optimizer, option, std::isfinite(value), "be finite", value, site);
}

}  // namespace cinta::optim

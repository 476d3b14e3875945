#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/core/warning.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/optim/optimizer.hpp>
#include <cmath>

namespace cinta::optim {
namespace {

constexpr int steps_before_warning = 100;

}  // namespace

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
    without_gradient_.push_back(0);
    static_cast<Leaf*>(parameter.node())->note_optimizer();
  }
  return first;
}

std::string Optimizer::title(const char* name, std::size_t i) const {
  const Node* node = parameters_[i].node();
  const char* path = node && node->is_leaf() ? static_cast<const Leaf*>(node)->path() : nullptr;
  return std::string(name) + ": parameter " + std::to_string(i) +
         (path ? std::string(" (") + path + ")" : std::string());
}

Tensor Optimizer::gradient(const char* name, std::size_t i, const Site& site, Rows rows) const {
  if (parameters_[i].spec() != specs_[i]) {
    throw GraphError(title(name, i) + " was " + specs_[i].str() +
                         " when the optimizer was made and is " + parameters_[i].spec().str() +
                         " now; make a new optimizer",
                     site);
  }
  Tensor gradient = parameters_[i].grad();
  if (parameters_[i].requires_grad()) {
    static_cast<Leaf*>(parameters_[i].node())->note_optimizer();  // unfrozen, it has a new one
    int& missed = without_gradient_[i];
    if (gradient.defined()) {
      missed = std::min(missed, 0);
    } else if (missed >= 0 && ++missed == steps_before_warning) {
      missed = -1;
      warn(title(name, i) + ", " + specs_[i].str() + ", got no gradient in " +
               std::to_string(steps_before_warning) +
               " steps: the loss does not depend on it, or another tensor took its place",
           site);
    }
  }
  if (!gradient.defined()) return gradient;
  if (!gradient.is_row_sparse()) return contiguous(gradient.detach());
  if (rows == Rows::refused) {
    throw ValueError(title(name, i) +
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
  if (ok && std::isfinite(value)) return;
  throw ValueError(std::string(optimizer) + ": " + option + " must " + (ok ? "be finite" : rule) +
                       ", got " + cinta::detail::text_of(value),
                   site);
}

void check_factor(const char* optimizer, const char* option, double value, const Site& site) {
  check_option(optimizer, option, value >= 0, "not be negative", value, site);
}

}  // namespace cinta::optim

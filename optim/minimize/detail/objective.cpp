#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/optim/minimize/detail/objective.hpp>
#include <limits>

namespace cinta::optim::minimize {
namespace {

double eps_of(Dtype dtype) {
  return dtype == float32 ? double(std::numeric_limits<float>::epsilon())
                          : std::numeric_limits<double>::epsilon();
}

std::size_t count_of(const Tensors& tensors) {
  std::size_t count = 0;
  for (const Tensor& x : tensors) count += std::size_t(x.numel());
  return count;
}

// The elements of dense tensors, one after another, beside those of a vector.
template <class F>
void each_element(const Tensors& tensors, const F& f) {
  std::size_t next = 0;
  for (const Tensor& x : tensors) {
    dispatch_floating(x.dtype(), [&]<class T>() {
      T* elements = x.data<T>();
      for (std::int64_t i = 0; i < x.numel(); ++i) f(elements[i], next++);
    });
  }
}

}  // namespace

namespace detail {

Tensors leaves_like(const char* who, const Tensors& start, const Site& site) {
  const NoGrad no_grad;
  Tensors leaves;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const std::string which = std::string(who) + ": input " + std::to_string(i);
    if (!start[i].defined()) throw ValueError(which + " is undefined", site);
    if (!is_floating(start[i].dtype()))
      throw DtypeError(which + " is " + start[i].spec().str() + ", and not floating", site);
    leaves.push_back(contiguous(clone(start[i].detach())).requires_grad_());
  }
  return leaves;
}

}  // namespace detail

Objective::Objective(const char* name, const Closure& closure, const Parameters& parameters,
                     const Site& site)
    : name_(name), closure_(closure), site_(SiteScope::resolve(site)), rounding_(0) {
  const std::string prefix = std::string(name) + ": ";
  cinta::detail::check_not_empty(name, "the closure", closure, site_);
  if (parameters.entries().empty()) throw ValueError(prefix + "no parameters", site_);
  for (const auto& entry : parameters.entries()) {
    const Tensor& x = entry.second;
    const std::string called = entry.first.empty() ? std::to_string(leaves_.size()) : entry.first;
    const std::string which = prefix + "parameter " + called;
    if (!x.defined()) throw ValueError(which + " is undefined", site_);
    if (!x.requires_grad() || !x.is_leaf())
      throw GraphError(which + " is not a leaf that requires gradients", site_);
    if (!x.is_contiguous()) throw ValueError(which + " is not dense; pass contiguous(x)", site_);
    for (const Tensor& known : leaves_)
      if (known.impl() == x.impl()) throw ValueError(which + " is given twice", site_);
    leaves_.push_back(x);
    names_.push_back(called);
    rounding_ = std::max(rounding_, eps_of(x.dtype()));
  }
  size_ = count_of(leaves_);
}

Vector Objective::read() const { return joined(leaves_, leaves_); }

void Objective::write(Vector& x) {
  bool same = true;
  each_element(leaves_, [&]<class T>(const T& element, std::size_t i) {
    x[i] = double(T(x[i]));
    same &= element == T(x[i]);
  });
  if (same) return;
  each_element(leaves_, [&]<class T>(T& element, std::size_t i) { element = T(x[i]); });
  for (const Tensor& leaf : leaves_) leaf.storage()->bump_version(name_, site_);
}

void Objective::forget() {
  output_ = weights_ = Tensor();
  recorded_.clear();
  transposed_.clear();
}

Tensor Objective::run(Vector& x) {
  forget();
  write(x);
  ++evaluations_;
  const EnableGrad record;
  const Tensor result = closure_();
  const std::string text = std::string(name_) + ": the function returned ";
  if (!result.defined()) throw ValueError(text + "an undefined tensor", site_);
  if (!is_floating(result.dtype()))
    throw DtypeError(text + result.spec().str() + ", and not floating numbers", site_);
  rounding_ = std::max(rounding_, eps_of(result.dtype()));
  return result;
}

double Objective::value(Vector& x) {
  output_ = run(x);
  if (output_.numel() != 1) {
    throw ShapeError(std::string(name_) + ": the function must return one element, it returned " +
                         output_.spec().str(),
                     site_);
  }
  return output_.item();
}

Vector Objective::values(Vector& x) {
  output_ = run(x);
  if (output_.numel() == 0) {
    throw ShapeError(
        std::string(name_) + ": the function returned no residuals, " + output_.spec().str(),
        site_);
  }
  return joined({output_}, {output_});
}

Tensors Objective::differentiate(const Tensors& outputs, const Tensors& inputs,
                                 const Tensors& weights, bool create_graph) {
  Tensors roots, root_weights;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].defined() || !outputs[i].requires_grad()) continue;
    roots.push_back(outputs[i]);
    root_weights.push_back(weights[i]);
  }
  if (roots.empty()) return Tensors(inputs.size());
  return grad(roots, inputs,
              {.grad_outputs = root_weights,
               .retain_graph = true,
               .create_graph = create_graph,
               .allow_unused = true},
              site_);
}

Tensors Objective::pulled_back(const Tensor& weights, bool create_graph) {
  Tensors found = differentiate({output_}, leaves_, {weights}, create_graph);
  if (std::none_of(found.begin(), found.end(), [](const Tensor& g) { return g.defined(); })) {
    throw GraphError(
        std::string(name_) + ": the function's result depends on none of the parameters", site_);
  }
  return found;
}

Vector Objective::gradient(bool keep) {
  ++gradients_;
  Tensors found = pulled_back(ones(output_.shape(), output_.dtype()), keep);
  Vector gradient = joined(found, leaves_);
  if (keep)
    recorded_ = std::move(found);
  else
    forget();
  return gradient;
}

void Objective::evaluate(Point& at) {
  at.value = value(at.x);
  at.gradient.clear();
  if (std::isfinite(at.value)) at.gradient = gradient();
}

Vector Objective::hessian_product(const Vector& v) {
  ++products_;
  return joined(differentiate(recorded_, leaves_, split(v, leaves_), false), leaves_);
}

// u^T J is linear in u, and its gradient with respect to u, weighted with v, is J v: recorded once,
// each product is one backward.
Vector Objective::jacobian_product(const Vector& v) {
  ++products_;
  if (!weights_.defined()) {
    weights_ = ones(output_.shape(), output_.dtype()).requires_grad_();
    transposed_ = pulled_back(weights_, true);
  }
  return joined(differentiate(transposed_, {weights_}, split(v, leaves_), false), {weights_});
}

Vector Objective::transposed_product(const Vector& u) {
  ++products_;
  return joined(pulled_back(split(u, {output_})[0], false), leaves_);
}

Tensors Objective::split(const Vector& v, const Tensors& like) const {
  Tensors parts;
  for (const Tensor& x : like) parts.push_back(empty(x.shape(), x.dtype(), site_));
  each_element(parts, [&]<class T>(T& element, std::size_t i) { element = T(v[i]); });
  return parts;
}

Vector Objective::joined(const Tensors& tensors, const Tensors& like) {
  const NoGrad no_grad;
  Vector all;
  all.reserve(count_of(like));
  for (std::size_t k = 0; k < like.size(); ++k) {
    if (!tensors[k].defined()) {
      all.resize(all.size() + std::size_t(like[k].numel()));
      continue;
    }
    const Tensor dense = tensors[k].is_row_sparse() ? to_dense(tensors[k]) : tensors[k].detach();
    each_element({contiguous(dense)}, [&](double v, std::size_t) { all.push_back(v); });
  }
  return all;
}

}  // namespace cinta::optim::minimize

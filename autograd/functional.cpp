#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/functional.hpp>
#include <cinta/autograd/primitive/detail/rows.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/engine.hpp>

namespace cinta::detail {
namespace {

struct Context {
  const char* name;
  bool create_graph;
  const Site& site;

  std::string text(const std::string& what) const { return std::string(name) + ": " + what; }
};

Context context(const char* name, const FunctionalOptions& options, const Site& site) {
  return {name, options.create_graph, SiteScope::resolve(site)};
}

// A function that has been run and recorded.
struct Run {
  Tensors inputs;   // what it was given
  Tensors outputs;  // what it returned
};

// The inputs become leaves, or views that lead on to the caller's graph; so nothing but the
// function's own use of them counts.
Run run(const Context& call, const ListFunction& fn, const Tensors& inputs) {
  Run result;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& x = inputs[i];
    if (!x.defined())
      throw ValueError(call.text("input " + std::to_string(i) + " is an undefined tensor"),
                       call.site);
    if (!is_floating(x.dtype())) {
      throw DtypeError(call.text("input " + std::to_string(i) + " is " + x.spec().str() +
                                 "; only floating tensors are differentiated, let the function "
                                 "capture the others"),
                       call.site);
    }
    result.inputs.push_back(call.create_graph && x.requires_grad() ? identity_view(x)
                                                                   : x.detach().requires_grad_());
  }
  result.outputs = fn(result.inputs);
  for (const Tensor& y : result.outputs) {
    if (!y.defined())
      throw ValueError(call.text("the function returned an undefined tensor"), call.site);
    if (!is_floating(y.dtype())) {
      throw DtypeError(call.text("the function returned " + y.spec().str() +
                                 "; only floating results have derivatives"),
                       call.site);
    }
  }
  return result;
}

// The caller sees no graph that was not asked for.
Tensors values_of(const Context& call, Tensors outputs) {
  if (!call.create_graph)
    for (Tensor& y : outputs) y = y.detach();
  return outputs;
}

// The gradients of sum(weights * outputs), 0 where there is no way from an input to an output;
// dense, also of a table. The graph is kept: it goes with its last handle.
Tensors gradients(const Tensors& outputs, const Tensors& inputs, const Tensors& weights,
                  bool create_graph, const Site& site) {
  Tensors roots, root_weights;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].requires_grad()) continue;
    roots.push_back(outputs[i]);
    root_weights.push_back(weights[i]);
  }
  Tensors found = grad(roots, inputs,
                       {.grad_outputs = root_weights,
                        .retain_graph = true,
                        .create_graph = create_graph,
                        .allow_unused = true},
                       site);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!found[i].defined()) found[i] = zeros(inputs[i].shape(), inputs[i].dtype());
    if (found[i].is_row_sparse()) found[i] = to_dense(found[i], site);
  }
  return found;
}

Tensors ones_like(const Tensors& tensors) {
  Tensors result;
  for (const Tensor& x : tensors) result.push_back(ones(x.shape(), x.dtype()));
  return result;
}

// Shape a followed by shape b.
Shape joined_shape(const Shape& a, const Shape& b) {
  Shape shape = Shape::filled(a.rank() + b.rank());
  std::copy(a.begin(), a.end(), shape.data());
  std::copy(b.begin(), b.end(), shape.data() + a.rank());
  return shape;
}

Tensor join(const Tensors& rows, const Shape& shape, Dtype dtype) {
  return rows.empty() ? zeros(shape, dtype) : detail::join(rows, shape);
}

// The weights that pick one element of an output.
Tensor unit(const Tensor& like, std::int64_t index) {
  Tensor weights = zeros(like.shape(), like.dtype());
  dispatch_floating(like.dtype(), [&]<class T>() { weights.data<T>()[index] = 1; });
  return weights;
}

std::vector<Tensors> jacobian_of(const Context& call, const Run& run) {
  std::vector<Tensors> all;
  for (const Tensor& y : run.outputs) {
    std::vector<Tensors> rows(run.inputs.size());
    for (std::int64_t k = 0; k < y.numel(); ++k) {
      Tensors row = gradients({y}, run.inputs, {unit(y, k)}, call.create_graph, call.site);
      for (std::size_t i = 0; i < row.size(); ++i) rows[i].push_back(std::move(row[i]));
    }
    all.emplace_back();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Tensor& x = run.inputs[i];
      all.back().push_back(join(rows[i], joined_shape(y.shape(), x.shape()), x.dtype()));
      rows[i].clear();
    }
  }
  return all;
}

// One vector for each tensor of `like`; what these are goes into the errors.
Tensors checked(const Context& call, const Tensors& v, const char* what, const Tensors& like) {
  if (v.size() != like.size()) {
    throw ValueError(call.text(std::to_string(v.size()) + " vectors for " +
                               std::to_string(like.size()) + " " + what + "s"),
                     call.site);
  }
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (v[i].defined() && v[i].spec() == like[i].spec()) continue;
    throw ShapeError(
        call.text("v is " + (v[i].defined() ? v[i].spec().str() : std::string("undefined")) + ", " +
                  what + " " + std::to_string(i) + " is " + like[i].spec().str()),
        call.site);
  }
  return v;
}

Tensors jvp_of(const Context& call, const Run& run, const Tensors& v) {
  Tensors u = ones_like(run.outputs);  // any value does: the products are linear in it
  for (Tensor& weights : u) weights.requires_grad_();
  const Tensors products = gradients(run.outputs, run.inputs, u, true, call.site);
  return gradients(products, u, v, call.create_graph, call.site);
}

void check_one_element(const Context& call, const Tensor& y) {
  if (y.numel() != 1) {
    throw ShapeError(
        call.text("the function must return one element, it returned " + y.spec().str()),
        call.site);
  }
}

// The function's gradient as a function that has been run.
Run gradient_of(const Context& call, const Run& run) {
  check_one_element(call, run.outputs[0]);
  return {run.inputs, gradients(run.outputs, run.inputs, ones_like(run.outputs), true, call.site)};
}

}  // namespace

std::vector<Tensors> jacobian(const ListFunction& fn, const Tensors& inputs,
                              const FunctionalOptions& options, const Site& site) {
  const EnableGrad enable;
  const Context call = context("jacobian", options, site);
  return jacobian_of(call, run(call, fn, inputs));
}

std::vector<Tensors> hessian(const ListFunction& fn, const Tensors& inputs,
                             const FunctionalOptions& options, const Site& site) {
  const EnableGrad enable;
  const Context call = context("hessian", options, site);
  return jacobian_of(call, gradient_of(call, run(call, fn, inputs)));
}

ListPair vjp(const ListFunction& fn, const Tensors& inputs, const Tensors& v,
             const FunctionalOptions& options, const Site& site) {
  const EnableGrad enable;
  const Context call = context("vjp", options, site);
  const Run made = run(call, fn, inputs);
  Tensors weights = v;
  if (weights.empty()) weights.resize(made.outputs.size());
  if (weights.size() == made.outputs.size()) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Tensor& y = made.outputs[i];
      if (weights[i].defined()) continue;
      if (y.numel() != 1) {
        throw ShapeError(call.text("an output of shape " + y.shape().str() +
                                   " needs a vector to weigh its elements"),
                         call.site);
      }
      weights[i] = ones(y.shape(), y.dtype());
    }
  }
  weights = checked(call, weights, "output", made.outputs);
  return {values_of(call, made.outputs),
          gradients(made.outputs, made.inputs, weights, call.create_graph, call.site)};
}

ListPair jvp(const ListFunction& fn, const Tensors& inputs, const Tensors& v,
             const FunctionalOptions& options, const Site& site) {
  const EnableGrad enable;
  const Context call = context("jvp", options, site);
  const Run made = run(call, fn, inputs);
  return {values_of(call, made.outputs),
          jvp_of(call, made, checked(call, v, "input", made.inputs))};
}

ListPair vhp(const ListFunction& fn, const Tensors& inputs, const Tensors& v,
             const FunctionalOptions& options, const Site& site) {
  const EnableGrad enable;
  const Context call = context("vhp", options, site);
  const Run made = run(call, fn, inputs);
  const Run gradient = gradient_of(call, made);
  return {values_of(call, made.outputs),
          gradients(gradient.outputs, made.inputs, checked(call, v, "input", made.inputs),
                    call.create_graph, call.site)};
}

ListPair hvp(const ListFunction& fn, const Tensors& inputs, const Tensors& v,
             const FunctionalOptions& options, const Site& site) {
  const EnableGrad enable;
  const Context call = context("hvp", options, site);
  const Run made = run(call, fn, inputs);
  return {values_of(call, made.outputs),
          jvp_of(call, gradient_of(call, made), checked(call, v, "input", made.inputs))};
}

Tensors per_sample_gradients(const ListFunction& loss, const Tensors& parameters,
                             const Tensors& batch, const FunctionalOptions& options,
                             const Site& site) {
  const EnableGrad enable;
  const Context call = context("per_sample_gradients", options, site);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!parameters[i].defined() || !parameters[i].requires_grad()) {
      throw ValueError(call.text("parameter " + std::to_string(i) +
                                 " does not require gradients; call requires_grad_() on it first"),
                       call.site);
    }
  }
  if (batch.empty()) throw ValueError(call.text("the batch has no tensors"), call.site);
  for (const Tensor& x : batch) {
    if (!x.defined()) throw ValueError(call.text("the batch has an undefined tensor"), call.site);
    if (x.rank() == 0 || x.shape()[0] != batch[0].shape()[0]) {
      throw ShapeError(call.text("the batch's tensors need one first size, their shapes are " +
                                 batch[0].shape().str() + " and " + x.shape().str()),
                       call.site);
    }
  }
  const std::int64_t count = batch[0].shape()[0];
  std::vector<Tensors> rows(parameters.size());
  for (std::int64_t k = 0; k < count; ++k) {
    Tensors sample;
    for (const Tensor& x : batch) sample.push_back(row(x, k));
    const Tensors value = loss(sample);
    if (!value[0].defined())
      throw ValueError(call.text("the function returned an undefined tensor"), call.site);
    check_one_element(call, value[0]);
    Tensors all = gradients(value, parameters, ones_like(value), call.create_graph, call.site);
    for (std::size_t i = 0; i < all.size(); ++i) rows[i].push_back(std::move(all[i]));
  }
  Tensors result;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Tensor& p = parameters[i];
    result.push_back(join(rows[i], joined_shape({count}, p.shape()), p.dtype()));
  }
  return result;
}

}  // namespace cinta::detail

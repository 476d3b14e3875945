#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/detail/check_values.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/nn/dropout.hpp>
#include <cinta/ops/nn/sequence/detail/recurrent_layer.hpp>
#include <cinta/ops/nn/sequence/recurrent.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using kernels::Recurrence;
using std::to_string;
using Weights = std::vector<RecurrentWeights>;

// What was asked for.
struct Request {
  Op op;
  Recurrence kind;
  const Tensor& x;
  const Tensors& state;  // h and perhaps c, or nothing
  const Weights& weights;
  int directions;
  bool cell, batch_first;

  bool is_batched() const { return x.rank() == (cell ? 2 : 3); }
  bool projects() const { return weights[0].hr.defined(); }
  std::int64_t hidden() const {
    return (projects() ? weights[0].hr : weights[0].hh).shape().back();
  }
  std::int64_t output() const { return weights[0].hh.shape().back(); }
  std::string start() const { return std::string(op.name) + ": "; }
};

Shape shape_of(const std::vector<std::int64_t>& sizes) {
  return Shape(std::span<const std::int64_t>(sizes));
}

// `what` must have this shape, and the dtype of x.
void check(const Request& r, const Tensor& t, const std::string& what, const Shape& shape) {
  const Spec spec{shape, r.x.dtype()};
  if (t.defined() && t.spec() == spec) return;
  throw ShapeError(r.start() + what + " must be " + spec.str() + " for x " + r.x.spec().str() +
                       ", it is " + (t.defined() ? t.spec().str() : "an undefined tensor"),
                   r.op.site);
}

void check_weights(const Request& r) {
  if (r.weights.empty() || r.weights.size() % std::size_t(r.directions) != 0) {
    throw ShapeError(r.start() + "got " + to_string(r.weights.size()) +
                         " sets of weights, needs one for each layer" +
                         (r.directions > 1 ? " and direction" : ""),
                     r.op.site);
  }
  const RecurrentWeights& first = r.weights[0];
  if (!first.hh.defined() || first.hh.rank() != 2) {
    throw ShapeError(
        r.start() + "hh must have two axes, it is " +
            (first.hh.defined() ? first.hh.spec().str() : std::string("an undefined tensor")),
        r.op.site);
  }
  if (r.projects()) {
    if (r.kind != Recurrence::lstm || r.cell)
      throw ValueError(r.start() + "hr is of lstm alone, which projects its state", r.op.site);
    if (first.hr.rank() != 2)
      throw ShapeError(r.start() + "hr must have two axes, it is " + first.hr.spec().str(),
                       r.op.site);
  }
  const std::int64_t wide = kernels::gates_of(r.kind) * r.hidden();
  const bool biased = first.bias_ih.defined();
  for (std::size_t i = 0; i < r.weights.size(); ++i) {
    const RecurrentWeights& w = r.weights[i];
    const bool is_first = i < std::size_t(r.directions);
    const std::int64_t in = is_first ? r.x.shape().back() : r.directions * r.output();
    const std::string of = r.weights.size() > 1 ? " of weights " + to_string(i) : std::string();
    check(r, w.ih, "ih" + of, {wide, in});
    check(r, w.hh, "hh" + of, {wide, r.output()});
    if (r.projects()) check(r, w.hr, "hr" + of, {r.output(), r.hidden()});
    if (w.hr.defined() != r.projects())
      throw ValueError(r.start() + "needs all of hr or none", r.op.site);
    if (w.bias_ih.defined() != biased || w.bias_hh.defined() != biased)
      throw ValueError(r.start() + "needs all biases or none", r.op.site);
    if (!biased) continue;
    check(r, w.bias_ih, "bias_ih" + of, {wide});
    check(r, w.bias_hh, "bias_hh" + of, {wide});
  }
}

void check_state(const Request& r) {
  const std::size_t wanted = r.kind == Recurrence::lstm ? 2 : 1;
  if (!r.state.empty() && r.state.size() != wanted) {
    throw ValueError(r.start() + "the state is h and c or nothing, got " +
                         to_string(r.state.size()) + " tensors",
                     r.op.site);
  }
  std::vector<std::int64_t> sizes;
  if (!r.cell) sizes.push_back(std::int64_t(r.weights.size()));
  if (r.is_batched()) sizes.push_back(r.x.shape()[r.cell || r.batch_first ? 0 : 1]);
  sizes.push_back(0);
  for (std::size_t i = 0; i < r.state.size(); ++i) {
    sizes.back() = i == 0 ? r.output() : r.hidden();
    check(r, r.state[i], std::string(i == 0 ? "h" : "c") + (r.cell ? "" : "_0"), shape_of(sizes));
  }
}

void check(const Request& r) {
  detail::check_defined(r.op, {r.x});
  if (!r.is_batched() && r.x.rank() != (r.cell ? 1 : 2)) {
    const char* form = r.cell          ? "(B, in) or (in,)"
                       : r.batch_first ? "(B, T, in) or (T, in)"
                                       : "(T, B, in) or (T, in)";
    throw ShapeError(r.start() + "x needs " + form + ", got " + r.x.shape().str(), r.op.site);
  }
  if (!is_floating(r.x.dtype())) {
    throw DtypeError(r.start() + "x needs a floating dtype, got " + name_of(r.x.dtype()),
                     r.op.site);
  }
  check_weights(r);
  check_state(r);
}

void check_lengths(const Request& r, const Tensor& lengths) {
  if (lengths.dtype() != int64)
    throw DtypeError(r.start() + "lengths must be int64, got " + name_of(lengths.dtype()),
                     r.op.site);
  const std::int64_t steps = r.x.shape()[r.batch_first ? 1 : 0],
                     batch = r.x.shape()[r.batch_first ? 0 : 1];
  if (lengths.shape() != Shape{batch}) {
    throw ShapeError(r.start() + "lengths must be " + Shape{batch}.str() + " for x " +
                         r.x.shape().str() + ", got " + lengths.shape().str(),
                     r.op.site);
  }
  detail::check_values(
      r.op, lengths, [=, start = r.start(), site = r.op.site](const Tensor& given) {
        const std::vector<std::int64_t> all = given.to_vector<std::int64_t>();
        for (std::size_t b = 0; b < all.size(); ++b) {
          if (all[b] >= 0 && all[b] <= steps) continue;
          throw ValueError(start + "lengths[" + to_string(b) + "] is " + to_string(all[b]) +
                               ", x has " + to_string(steps) + " steps",
                           site);
        }
      });
}

// ---- Layers ----

Tensors inputs_of(const Tensor& x, const Tensors& states, const RecurrentWeights& w) {
  Tensors inputs{x};
  inputs.insert(inputs.end(), states.begin(), states.end());
  inputs.push_back(w.ih);
  inputs.push_back(w.hh);
  if (w.bias_ih.defined()) {
    inputs.push_back(w.bias_ih);
    inputs.push_back(w.bias_hh);
  }
  return inputs;
}

// {y, h} or {y, h, c} of one layer in one direction; the states that it starts from may be missing.
Tensors plain_layer(const Request& r, const detail::RecurrentCall& call, const Tensor& x,
                    const Tensors& from, const RecurrentWeights& w, const Tensor& lengths) {
  Tensors start = from;
  const std::int64_t batch = x.shape()[1 - call.time()];
  if (from.empty())
    start.assign(r.kind == Recurrence::lstm ? 2 : 1, zeros({batch, r.hidden()}, x.dtype()));
  Tensors inputs = inputs_of(x, start, w);
  if (call.padded) inputs.push_back(lengths);
  return detail::recurrent_layer(call, inputs, r.op.site);
}

// With h = hr m the gates of the next step see hh hr m: m is the state of a layer with that weight.
// The first h need not be such a product, and comes in as further inputs of the first step.
Tensors projected_layer(const Request& r, const detail::RecurrentCall& call, const Tensor& x,
                        const Tensors& from, const RecurrentWeights& w, const Tensor& lengths) {
  const int time = call.time();
  const std::int64_t steps = x.shape()[time];
  RecurrentWeights plain{w.ih, matmul(w.hh, w.hr), w.bias_ih, w.bias_hh};
  Tensor in = x;
  Tensors start;
  if (!from.empty()) {
    const Tensor t = unsqueeze(arange(steps), 1 - time), zero = zeros({1, 1}, int64);
    const Tensor first = !call.reverse ? zero
                         : call.padded ? unsqueeze(lengths - 1, time)
                                       : zero + (steps - 1);
    in = cat({x, where(unsqueeze(eq(t, first), 2), unsqueeze(from[0], time), 0.0)}, 2);
    plain.ih = cat({w.ih, w.hh}, 1);
    start = {zeros_like(from[1]), from[1]};
  }
  Tensors results = plain_layer(r, call, in, start, plain, lengths);
  for (std::size_t i = 0; i < 2; ++i) results[i] = linear(results[i], w.hr);
  // Without a step the state stays.
  if (!from.empty() && steps == 0) results[1] = from[0];
  if (!from.empty() && call.padded)
    results[1] = where(unsqueeze(eq(lengths, 0), 1), from[0], results[1]);
  return results;
}

Tensors all_layers(const Request& r, const RecurrentOptions& options) {
  const Site& site = r.op.site;
  const SiteScope scope(site);
  check(r);
  if (!(options.dropout >= 0 && options.dropout < 1)) {
    throw ValueError(
        r.start() + "dropout must lie in [0, 1), got " + detail::text_of(options.dropout), site);
  }
  const bool padded = options.lengths.defined(), batched = r.is_batched();
  if (padded && !batched)
    throw ShapeError(r.start() + "lengths are of a batch, x " + r.x.shape().str() + " has none",
                     site);
  if (padded) check_lengths(r, options.lengths);

  Tensor x = batched ? r.x : unsqueeze(r.x, 1);
  const bool batch_first = options.batch_first && batched;
  const std::size_t states = r.kind == Recurrence::lstm ? 2 : 1;
  Tensors first = r.state;
  if (!batched)
    for (Tensor& s : first) s = unsqueeze(s, 1);

  std::vector<Tensors> last(states);  // of each layer and direction
  const auto directions = std::size_t(r.directions);
  for (std::size_t i = 0; i < r.weights.size(); i += directions) {
    if (i > 0) x = dropout(x, options.dropout, options.training);
    Tensors ys;
    for (std::size_t direction = 0; direction < directions; ++direction) {
      const RecurrentWeights& w = r.weights[i + direction];
      Tensors from;
      for (const Tensor& s : first) from.push_back(select(s, 0, std::int64_t(i + direction)));
      const detail::RecurrentCall call{.name = r.op.name,
                                       .kind = r.kind,
                                       .batch_first = batch_first,
                                       .reverse = direction == 1,
                                       .biased = w.bias_ih.defined(),
                                       .padded = padded};
      const Tensors results =
          (r.projects() ? &projected_layer : &plain_layer)(r, call, x, from, w, options.lengths);
      ys.push_back(results[0]);
      for (std::size_t k = 0; k < states; ++k) last[k].push_back(results[k + 1]);
    }
    x = directions == 1 ? ys[0] : cat(ys, -1);
  }
  Tensors results{batched ? x : squeeze(x, 1)};
  for (const Tensors& s : last) {
    const Tensor all = s.size() == 1 ? unsqueeze(s[0], 0) : stack(s);
    results.push_back(batched ? all : squeeze(all, 1));
  }
  return results;
}

Tensors layers(const char* name, Recurrence kind, const Tensor& x, const Tensors& state,
               const Weights& weights, const RecurrentOptions& options, const Site& site) {
  return all_layers({.op = {name, site},
                     .kind = kind,
                     .x = x,
                     .state = state,
                     .weights = weights,
                     .directions = options.bidirectional ? 2 : 1,
                     .cell = false,
                     .batch_first = options.batch_first},
                    options);
}

Tensors maybe(const Tensor& h) { return h.defined() ? Tensors{h} : Tensors{}; }

// A layer of one step.
Tensors step(const char* name, Recurrence kind, const Tensor& x, const Tensors& state,
             const RecurrentWeights& weights, const Site& site) {
  const Weights all{weights};
  const Request r{.op = {name, site},
                  .kind = kind,
                  .x = x,
                  .state = state,
                  .weights = all,
                  .directions = 1,
                  .cell = true,
                  .batch_first = false};
  const OpScope scope(r.op);
  check(r);
  const bool batched = r.is_batched();
  const Tensor rows = batched ? x : unsqueeze(x, 0);
  Tensors from;
  for (std::size_t k = 0; k < (kind == Recurrence::lstm ? 2u : 1u); ++k) {
    if (state.empty())
      from.push_back(zeros({rows.shape()[0], r.hidden()}, x.dtype()));
    else
      from.push_back(batched ? state[k] : unsqueeze(state[k], 0));
  }
  Tensors results =
      detail::recurrent_layer({.name = name,
                               .kind = kind,
                               .batch_first = false,
                               .reverse = false,
                               .biased = weights.bias_ih.defined(),
                               .padded = false},
                              inputs_of(unsqueeze(rows, 0), from, weights), r.op.site);
  results.erase(results.begin());
  if (!batched)
    for (Tensor& s : results) s = squeeze(s, 0);
  return results;
}

}  // namespace

Tensors lstm(const Tensor& x, const Tensors& state, const std::vector<RecurrentWeights>& weights,
             const RecurrentOptions& options, Site site) {
  return layers("lstm", Recurrence::lstm, x, state, weights, options, site);
}
Tensors gru(const Tensor& x, const Tensor& h0, const std::vector<RecurrentWeights>& weights,
            const RecurrentOptions& options, Site site) {
  return layers("gru", Recurrence::gru, x, maybe(h0), weights, options, site);
}
Tensors rnn_tanh(const Tensor& x, const Tensor& h0, const std::vector<RecurrentWeights>& weights,
                 const RecurrentOptions& options, Site site) {
  return layers("rnn_tanh", Recurrence::tanh, x, maybe(h0), weights, options, site);
}
Tensors rnn_relu(const Tensor& x, const Tensor& h0, const std::vector<RecurrentWeights>& weights,
                 const RecurrentOptions& options, Site site) {
  return layers("rnn_relu", Recurrence::relu, x, maybe(h0), weights, options, site);
}

Tensors lstm_cell(const Tensor& x, const Tensors& state, const RecurrentWeights& weights,
                  Site site) {
  return step("lstm_cell", Recurrence::lstm, x, state, weights, site);
}
Tensor gru_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights, Site site) {
  return step("gru_cell", Recurrence::gru, x, maybe(h), weights, site)[0];
}
Tensor rnn_tanh_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights, Site site) {
  return step("rnn_tanh_cell", Recurrence::tanh, x, maybe(h), weights, site)[0];
}
Tensor rnn_relu_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights, Site site) {
  return step("rnn_relu_cell", Recurrence::relu, x, maybe(h), weights, site)[0];
}

}  // namespace cinta

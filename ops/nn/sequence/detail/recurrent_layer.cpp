#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/gemm/gemm.hpp>
#include <cinta/ops/kernels/recurrent/recurrent.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/nn/detail/composed.hpp>
#include <cinta/ops/nn/sequence/detail/recurrent_layer.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/split.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <optional>

namespace cinta::detail {
namespace {

using kernels::Recurrence;

// A tensor's array where there is a tensor.
class Maybe {
 public:
  Maybe() = default;
  explicit Maybe(const Tensor& x) {
    if (x.defined()) array_.emplace(x);
  }
  const Array* get() const { return array_ ? &*array_ : nullptr; }

 private:
  std::optional<Array> array_;
};

// Calls run(layer) with what kernels see of a layer, whose inputs are these; y is of its steps.
template <class F>
void with_layer(const RecurrentCall& layer, const Tensor& y, const Tensor& x, const Tensor& ih,
                const Tensor& hh, const Tensor& h0, const Tensor& c0, const Tensor& lengths,
                const F& run) {
  const Tensor dense_x = contiguous(x), dense = lengths.defined() ? contiguous(lengths) : lengths;
  const Array inputs = dense_x, weight_ih = ih, weight_hh = hh, h = h0;
  const Maybe c(c0);
  run(kernels::RecurrentLayer{.kind = layer.kind,
                              .steps = y.shape()[layer.time()],
                              .batch = h0.shape()[0],
                              .hidden = h0.shape()[1],
                              .batch_first = layer.batch_first,
                              .reverse = layer.reverse,
                              .lengths = dense.defined() ? dense.data<std::int64_t>() : nullptr,
                              .x = inputs,
                              .weight_ih = weight_ih,
                              .weight_hh = weight_hh,
                              .h0 = h,
                              .c0 = c.get()});
}

void run_forward(const RecurrentCall& layer, const Inputs& in, const Tensors& out) {
  const auto input = [&](int i, bool there) { return there ? in[i] : Tensor(); };
  const Array gates = out[std::size_t(layer.gates())], y = out[0], h = out[1];
  const Maybe bias_ih(input(layer.bias_ih(), layer.biased)),
      bias_hh(input(layer.bias_hh(), layer.biased)),
      cell(layer.is_traced() ? out[std::size_t(layer.trace())] : Tensor()),
      c(layer.has_cell() ? out[2] : Tensor());
  with_layer(layer, out[0], in[0], in[layer.ih()], in[layer.hh()], in[1],
             input(2, layer.has_cell()), input(layer.lengths(), layer.padded),
             [&](const kernels::RecurrentLayer& all) {
               kernels::recurrent_forward(all, bias_ih.get(), bias_hh.get(), {gates, cell.get()}, y,
                                          h, c.get());
             });
}

// ---- Gradients ----

// True where a sequence has a step: (T, B, 1), or (B, T, 1).
Tensor existing(const RecurrentCall& layer, const Tensor& lengths, std::int64_t steps) {
  const Tensor t = arange(steps);
  return layer.batch_first ? unsqueeze(t < unsqueeze(lengths, 1), 2)
                           : unsqueeze(unsqueeze(t, 1) < lengths, 2);
}

const char* backward_name(Recurrence kind) {
  switch (kind) {
    case Recurrence::lstm: return "lstm_backward";
    case Recurrence::gru: return "gru_backward";
    case Recurrence::tanh: return "rnn_tanh_backward";
    default: return "rnn_relu_backward";
  }
}

// One operation that is given what the forward saw, and whose outputs are the gradients.
Tensors fused_gradients(const Grad& g, const RecurrentCall& layer) {
  Tensors given{g.in(0),          g.in(1),  g.in(layer.ih()),
                g.in(layer.hh()), g.out(0), g.out(layer.gates())};
  // Places of what may not be there.
  struct Places {
    int cell = -1, c0 = -1, lengths = -1, dy = -1, dh = -1, dc = -1;
  } at;
  const auto give = [&](int& place, bool there, const auto& tensor) {
    if (!there) return;
    const Tensor& t = tensor();
    if (!t.defined()) return;
    place = int(given.size());
    given.push_back(t);
  };
  give(at.cell, layer.is_traced(), [&] { return g.out(layer.trace()); });
  give(at.c0, layer.has_cell(), [&] { return g.in(2); });
  give(at.lengths, layer.padded, [&] { return g.in(layer.lengths()); });
  // Kernels take the outputs' gradients as they lie in y.
  give(at.dy, true, [&] { return g.dy_of(0).defined() ? contiguous(g.dy_of(0)) : Tensor(); });
  give(at.dh, true, [&] { return g.dy_of(1); });
  give(at.dc, layer.has_cell(), [&] { return g.dy_of(2); });

  // The states' gradients run along with the steps; of the others only what is needed is computed.
  // Both biases have one, but for gru.
  const bool same = layer.biased && layer.kind != Recurrence::gru && g.needs(layer.bias_ih());
  OutputSpecs specs;
  std::vector<int> places(std::size_t(layer.inputs()), -1);
  for (int i = 0; i < layer.inputs() - (layer.padded ? 1 : 0); ++i) {
    const bool state = i == 1 || (layer.has_cell() && i == 2);
    if (!state && (!g.needs(i) || (same && i == layer.bias_hh()))) continue;
    places[std::size_t(i)] = int(specs.size());
    specs.push_back(g.in(i).spec());
  }
  const Tensors found = apply(
      {backward_name(layer.kind), Save::nothing(), {}}, given, specs,
      [layer, at, places](const Inputs& in, const Tensors& out) {
        const auto maybe = [&](int place) { return place < 0 ? Tensor() : in[place]; };
        const auto to = [&](int i) {
          const int place = i < 0 ? -1 : places[std::size_t(i)];
          return Maybe(place < 0 ? Tensor() : out[std::size_t(place)]);
        };
        const Maybe dx = to(0), dh0 = to(1), dc0 = to(layer.has_cell() ? 2 : -1),
                    dih = to(layer.ih()), dhh = to(layer.hh()),
                    dbias_ih = to(layer.biased ? layer.bias_ih() : -1),
                    dbias_hh = to(layer.biased ? layer.bias_hh() : -1);
        const Array y = in[4], gates = in[5];
        const Maybe cell(maybe(at.cell)), dy(maybe(at.dy)), dh(maybe(at.dh)), dc(maybe(at.dc));
        with_layer(layer, in[4], in[0], in[2], in[3], in[1], maybe(at.c0), maybe(at.lengths),
                   [&](const kernels::RecurrentLayer& all) {
                     kernels::recurrent_backward(all, {gates, cell.get()}, y,
                                                 {dy.get(), dh.get(), dc.get()},
                                                 {dx.get(), *dh0.get(), dc0.get(), dih.get(),
                                                  dhh.get(), dbias_ih.get(), dbias_hh.get()});
                   });
      });
  Tensors gradients(std::size_t(layer.inputs()));
  for (int i = 0; i < layer.inputs(); ++i)
    if (places[std::size_t(i)] >= 0 && g.needs(i))
      gradients[std::size_t(i)] = found[std::size_t(places[std::size_t(i)])];
  if (same && g.needs(layer.bias_hh()))
    gradients[std::size_t(layer.bias_hh())] = gradients[std::size_t(layer.bias_ih())];
  return gradients;
}

// The layer in operations, step after step.
Tensors by_definition(const RecurrentCall& layer, const Tensors& in) {
  const auto input = [&](int i) { return in[std::size_t(i)]; };
  const std::int64_t steps = in[0].shape()[layer.time()];
  const Tensor bias_ih = layer.biased ? input(layer.bias_ih()) : Tensor(),
               bias_hh = layer.biased ? input(layer.bias_hh()) : Tensor();
  Tensor x = in[0];
  if (layer.padded) x = where(existing(layer, input(layer.lengths()), steps), x, 0.0);
  const Tensors sums = unbind(linear(x, input(layer.ih()), bias_ih), layer.time());
  Tensor h = in[1], c = layer.has_cell() ? in[2] : Tensor();
  Tensors ys(static_cast<std::size_t>(steps));
  for (std::int64_t place = 0; place < steps; ++place) {
    const std::int64_t t = layer.reverse ? steps - 1 - place : place;
    const Tensor own = linear(h, input(layer.hh()), bias_hh), &given = sums[std::size_t(t)];
    Tensor new_h, new_c;
    if (layer.kind == Recurrence::lstm) {
      const Tensors gate = chunk(given + own, 4, 1);
      new_c = sigmoid(gate[1]) * c + sigmoid(gate[0]) * tanh(gate[2]);
      new_h = sigmoid(gate[3]) * tanh(new_c);
    } else if (layer.kind == Recurrence::gru) {
      const Tensors a = chunk(given, 3, 1), b = chunk(own, 3, 1);
      const Tensor z = sigmoid(a[1] + b[1]), n = tanh(a[2] + sigmoid(a[0] + b[0]) * b[2]);
      new_h = (1 - z) * n + z * h;
    } else {
      new_h = layer.kind == Recurrence::tanh ? tanh(given + own) : relu(given + own);
    }
    ys[std::size_t(t)] = new_h;
    if (layer.padded) {
      const Tensor exists = unsqueeze(input(layer.lengths()) > t, 1);
      ys[std::size_t(t)] = where(exists, new_h, 0.0);
      new_h = where(exists, new_h, h);
      if (layer.has_cell()) new_c = where(exists, new_c, c);
    }
    h = new_h;
    c = new_c;
  }
  const Tensor y = steps > 0 ? stack(ys, layer.time())
                             : zeros({x.shape()[0], x.shape()[1], h.shape()[1]}, x.dtype());
  Tensors results{y, h};
  if (layer.has_cell()) results.push_back(c);
  return results;
}

}  // namespace

Tensors recurrent_layer(const RecurrentCall& layer, const Tensors& inputs, const Site& site) {
  const Spec x = inputs[0].spec();
  const std::int64_t hidden = inputs[1].shape()[1], gates = kernels::gates_of(layer.kind);
  const auto of_steps = [&](std::int64_t width) {
    return Spec{{x.shape[0], x.shape[1], width}, x.dtype};
  };
  OutputSpecs specs{of_steps(hidden), inputs[1].spec()};
  if (layer.has_cell()) specs.push_back(inputs[2].spec());
  specs.push_back({of_steps(gates * hidden), no_gradient});
  if (layer.is_traced()) specs.push_back({of_steps(hidden), no_gradient});
  const Save save = Save::inputs() | Save::output(0) | Save::output(layer.gates()) |
                    Save::output(layer.trace(), layer.is_traced());
  Tensors outputs = apply(
      {layer.name, save, site, {{"reverse", layer.reverse}, {"batch_first", layer.batch_first}}},
      inputs, specs, [layer](const Inputs& in, const Tensors& out) { run_forward(layer, in, out); },
      [layer](const Grad& g) {
        if (!g.create_graph()) return fused_gradients(g, layer);
        return composed_gradients(g, layer.inputs(),
                                  [&](const Tensors& in) { return by_definition(layer, in); });
      });
  outputs.resize(layer.has_cell() ? 3 : 2);
  return outputs;
}

}  // namespace cinta::detail

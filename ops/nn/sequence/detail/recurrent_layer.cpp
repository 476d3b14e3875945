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

// Calls run(layer) with what kernels see of a layer.
template <class F>
void with_layer(const RecurrentCall& layer, const Tensor& y, const Tensor& weight, const Tensor& h0,
                const Tensor& c0, const Tensor& lengths, const F& run) {
  const Array w = weight, h = h0;
  const Maybe c(c0);
  const Tensor dense = lengths.defined() ? contiguous(lengths) : lengths;
  run(kernels::RecurrentLayer{.kind = layer.kind,
                              .steps = y.shape()[layer.time()],
                              .batch = h0.shape()[0],
                              .hidden = h0.shape()[1],
                              .batch_first = layer.batch_first,
                              .reverse = layer.reverse,
                              .lengths = dense.defined() ? dense.data<std::int64_t>() : nullptr,
                              .weight = w,
                              .h0 = h,
                              .c0 = c.get()});
}

void run_forward(const RecurrentCall& layer, const Inputs& in, const Tensors& out) {
  const auto input = [&](int i, bool there) { return there ? in[i] : Tensor(); };
  const Array x = in[0], ih = in[layer.ih()], gates = out[std::size_t(layer.gates())], y = out[0],
              h = out[1];
  kernels::linear(x, ih, nullptr, gates);
  const Maybe bias_ih(input(layer.bias_ih(), layer.biased)),
      bias_hh(input(layer.bias_hh(), layer.biased)),
      cell(layer.is_traced() ? out[std::size_t(layer.trace())] : Tensor()),
      c(layer.has_cell() ? out[2] : Tensor());
  with_layer(layer, out[0], in[layer.hh()], in[1], input(2, layer.has_cell()),
             input(layer.lengths(), layer.padded), [&](const kernels::RecurrentLayer& all) {
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

Tensor as_rows(const Tensor& x) { return reshape(x, {x.shape()[0] * x.shape()[1], x.shape()[2]}); }

const char* backward_name(Recurrence kind) {
  switch (kind) {
    case Recurrence::lstm: return "lstm_backward";
    case Recurrence::gru: return "gru_backward";
    case Recurrence::tanh: return "rnn_tanh_backward";
    default: return "rnn_relu_backward";
  }
}

// What the steps' backward is given, in this order; slopes may be undefined and are left out then.
Tensors fused_gradients(const Grad& g, const RecurrentCall& layer) {
  const Tensor &x = g.in(0), &ih = g.in(layer.ih()), &hh = g.in(layer.hh());
  const Tensor y = g.out(0), gates = g.out(layer.gates());
  Tensors given{gates, y, hh, g.in(1)};
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

  const bool split = layer.kind == Recurrence::gru;
  OutputSpecs specs{gates.spec()};
  if (split) specs.push_back(gates.spec());
  specs.push_back(y.spec());
  specs.push_back(given[3].spec());
  if (layer.has_cell()) specs.push_back(given[3].spec());
  const Tensors found = apply(
      {backward_name(layer.kind), Save::nothing(), {}}, given, specs,
      [layer, at, split](const Inputs& in, const Tensors& out) {
        const auto maybe = [&](int place) { return place < 0 ? Tensor() : in[place]; };
        std::size_t next = 0;
        const Array dgates = out[next++];
        const Maybe dhidden(split ? out[next++] : Tensor());
        const Array previous = out[next++], dh0 = out[next++];
        const Maybe dc0(layer.has_cell() ? out[next++] : Tensor());
        const Array gate = in[0], state = in[1];
        const Maybe cell(maybe(at.cell)), dy(maybe(at.dy)), dh(maybe(at.dh)), dc(maybe(at.dc));
        with_layer(layer, in[1], in[2], in[3], maybe(at.c0), maybe(at.lengths),
                   [&](const kernels::RecurrentLayer& all) {
                     kernels::recurrent_backward(all, {gate, cell.get()}, state,
                                                 {dy.get(), dh.get(), dc.get()},
                                                 {dgates, dhidden.get(), previous, dh0, dc0.get()});
                   });
      });

  const Tensor slopes = as_rows(found[0]), hidden = split ? as_rows(found[1]) : slopes;
  const std::size_t rest = split ? 2 : 1;
  Tensors gradients(std::size_t(layer.inputs()));
  const auto set = [&](int i, const auto& gradient) {
    if (g.needs(i)) gradients[std::size_t(i)] = gradient();
  };
  set(0, [&] { return reshape(matmul(slopes, ih), x.shape()); });
  set(1, [&] { return found[rest + 1]; });
  if (layer.has_cell()) set(2, [&] { return found[rest + 2]; });
  set(layer.ih(), [&] {
    // What lies behind a sequence's end may be anything, and 0 times NaN is none of it.
    const Tensor read =
        layer.padded
            ? where(existing(layer, g.in(layer.lengths()), x.shape()[layer.time()]), x, 0.0)
            : x;
    return matmul(transpose(slopes), as_rows(read));
  });
  set(layer.hh(), [&] { return matmul(transpose(hidden), as_rows(found[rest])); });
  if (layer.biased) {
    set(layer.bias_ih(), [&] { return sum(slopes, 0); });
    set(layer.bias_hh(), [&] {
      const Tensor& same = gradients[std::size_t(layer.bias_ih())];
      return same.defined() && !split ? same : sum(hidden, 0);
    });
  }
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

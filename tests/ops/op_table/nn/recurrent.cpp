#include <cinta/ops/creation.hpp>
#include <cinta/ops/nn/sequence/recurrent.hpp>
#include <cmath>
#include <span>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

enum class Kind { lstm, gru, tanh, relu };

// What a row is about. Inputs are x, the states, and of each layer and direction ih, hh and, if
// `biased`, both biases, and, if `projected`, hr.
struct Case {
  Kind kind;
  int layers = 1;
  bool bidirectional = false, batch_first = false, biased = true, batched = true, cell = false;
  std::vector<std::int64_t> lengths = {};
  std::int64_t projected = 0;  // elements of h, if not 0

  std::size_t weights() const { return (biased ? 4 : 2) + (projected ? 1 : 0); }
  std::size_t states() const { return kind == Kind::lstm ? 2 : 1; }
  int directions() const { return bidirectional ? 2 : 1; }
};

using Numbers = std::vector<double>;

double entry(const Tensor& w, std::int64_t i, std::int64_t j) {
  return at(w, i * w.shape()[1] + j);
}

// One step of one sequence, by the formulas.
void step(const Case& c, const Numbers& x, Numbers& h, Numbers& cell, const Tensors& in,
          std::size_t w) {
  const auto hidden = std::int64_t(c.kind == Kind::lstm ? cell.size() : h.size());
  const auto sum = [&](std::int64_t row, bool of_state) {
    double total = c.biased ? at(in[w + (of_state ? 3 : 2)], row) : 0;
    const Numbers& v = of_state ? h : x;
    for (std::size_t j = 0; j < v.size(); ++j)
      total += v[j] * entry(in[w + (of_state ? 1 : 0)], row, std::int64_t(j));
    return total;
  };
  const auto both = [&](std::int64_t row) { return sum(row, false) + sum(row, true); };
  Numbers next(static_cast<std::size_t>(hidden));
  for (std::int64_t u = 0; u < hidden; ++u) {
    double& to = next[std::size_t(u)];
    if (c.kind == Kind::lstm) {
      double& state = cell[std::size_t(u)];
      state = sigmoid_of(both(hidden + u)) * state +
              sigmoid_of(both(u)) * std::tanh(both(2 * hidden + u));
      to = sigmoid_of(both(3 * hidden + u)) * std::tanh(state);
    } else if (c.kind == Kind::gru) {
      const double r = sigmoid_of(both(u)), z = sigmoid_of(both(hidden + u));
      const double n = std::tanh(sum(2 * hidden + u, false) + r * sum(2 * hidden + u, true));
      to = (1 - z) * n + z * h[std::size_t(u)];
    } else {
      const double a = both(u);
      to = c.kind == Kind::tanh ? std::tanh(a) : a <= 0 ? 0 : a;
    }
  }
  if (!c.projected) {
    h = next;
    return;
  }
  for (std::size_t i = 0; i < h.size(); ++i) {
    h[i] = 0;
    for (std::size_t u = 0; u < next.size(); ++u)
      h[i] += next[u] * entry(in[w + c.weights() - 1], std::int64_t(i), std::int64_t(u));
  }
}

// One sequence after the other, each as if it were alone and had its own length.
check::Function plain(Case c) {
  return [c](const Tensors& in) {
    const std::size_t first = 1 + c.states(), per = c.weights();
    const std::int64_t hidden = in[first + 1].shape()[1];  // of h
    const auto width = [&](std::size_t k) {
      return k == 2 && c.projected ? in[first + per - 1].shape()[1] : hidden;
    };
    const Shape& s = in[0].shape();
    const int time = c.cell ? -1 : c.batched && c.batch_first ? 1 : 0;
    const std::int64_t steps = c.cell ? 1 : s[time];
    const std::int64_t batch = !c.batched ? 1 : c.cell ? s[0] : s[1 - time];
    const auto row = [&](std::int64_t t, std::int64_t b) {
      return c.batch_first ? b * steps + t : t * batch + b;
    };
    const std::int64_t total = c.layers * c.directions();
    const std::int64_t wide = c.directions() * hidden;
    std::vector<Numbers> results(1 + c.states());
    results[0].resize(std::size_t(steps * batch * wide), 0);
    for (std::size_t k = 1; k < results.size(); ++k)
      results[k].resize(std::size_t(total * batch * width(k)), 0);
    for (std::int64_t b = 0; b < batch; ++b) {
      const std::int64_t length = c.lengths.empty() ? steps : c.lengths[std::size_t(b)];
      std::vector<Numbers> xs;
      for (std::int64_t t = 0; t < length; ++t) {
        Numbers x;
        for (std::int64_t j = 0; j < s.back(); ++j)
          x.push_back(at(in[0], (c.cell ? b : row(t, b)) * s.back() + j));
        xs.push_back(x);
      }
      for (std::int64_t i = 0; i < total; i += c.directions()) {
        std::vector<Numbers> ys(xs.size());
        for (int direction = 0; direction < c.directions(); ++direction) {
          const std::int64_t index = i + direction;
          const auto state = [&](std::size_t k) {
            Numbers v;
            for (std::int64_t u = 0; u < width(k); ++u)
              v.push_back(at(in[k], (index * batch + b) * width(k) + u));
            return v;
          };
          Numbers h = state(1), cell = c.kind == Kind::lstm ? state(2) : Numbers();
          for (std::int64_t place = 0; place < length; ++place) {
            const auto t = std::size_t(direction ? length - 1 - place : place);
            step(c, xs[t], h, cell, in, first + per * std::size_t(index));
            ys[t].insert(ys[t].end(), h.begin(), h.end());
          }
          for (std::size_t k = 1; k < results.size(); ++k)
            std::copy_n((k == 1 ? h : cell).begin(), width(k),
                        results[k].begin() + (index * batch + b) * width(k));
        }
        xs = ys;
      }
      for (std::int64_t t = 0; t < length; ++t)
        for (std::int64_t j = 0; j < wide; ++j)
          results[0][std::size_t(row(t, b) * wide + j)] = xs[std::size_t(t)][std::size_t(j)];
    }
    const auto shaped = [&](const Numbers& values, std::vector<std::int64_t> sizes) {
      return build(Shape(std::span<const std::int64_t>(sizes)), float64,
                   [&](std::int64_t i) { return values[std::size_t(i)]; });
    };
    Tensors all;
    std::vector<std::int64_t> of_y(s.begin(), s.end());
    of_y.back() = wide;
    if (!c.cell) all.push_back(shaped(results[0], of_y));
    for (std::size_t k = 1; k < results.size(); ++k) {
      std::vector<std::int64_t> of_state{total, batch, width(k)};
      if (!c.batched) of_state.erase(of_state.begin() + 1);
      if (c.cell) of_state.erase(of_state.begin());
      all.push_back(shaped(results[k], of_state));
    }
    return all;
  };
}

std::vector<RecurrentWeights> weights_of(const Case& c, const Tensors& in) {
  std::vector<RecurrentWeights> all;
  for (std::size_t i = 1 + c.states(); i < in.size(); i += c.weights()) {
    all.push_back({in[i], in[i + 1]});
    if (c.biased) {
      all.back().bias_ih = in[i + 2];
      all.back().bias_hh = in[i + 3];
    }
    if (c.projected) all.back().hr = in[i + c.weights() - 1];
  }
  return all;
}

check::Function layer(Case c) {
  return [c](const Tensors& in) -> Tensors {
    const auto w = weights_of(c, in);
    if (c.cell) {
      if (c.kind == Kind::lstm) return lstm_cell(in[0], {in[1], in[2]}, w[0]);
      if (c.kind == Kind::gru) return {gru_cell(in[0], in[1], w[0])};
      if (c.kind == Kind::tanh) return {rnn_tanh_cell(in[0], in[1], w[0])};
      return {rnn_relu_cell(in[0], in[1], w[0])};
    }
    RecurrentOptions options{.batch_first = c.batch_first, .bidirectional = c.bidirectional};
    if (!c.lengths.empty())
      options.lengths = from_data(c.lengths, {std::int64_t(c.lengths.size())});
    if (c.kind == Kind::lstm) return lstm(in[0], {in[1], in[2]}, w, options);
    if (c.kind == Kind::gru) return gru(in[0], in[1], w, options);
    if (c.kind == Kind::tanh) return rnn_tanh(in[0], in[1], w, options);
    return rnn_relu(in[0], in[1], w, options);
  };
}

check::Sample sample(const Case& c, std::int64_t steps, std::int64_t batch, std::int64_t in,
                     std::int64_t hidden) {
  const std::int64_t total = c.layers * c.directions();
  const std::int64_t wide = hidden * (c.kind == Kind::lstm ? 4 : c.kind == Kind::gru ? 3 : 1);
  std::vector<std::int64_t> x, state;
  if (!c.cell) state.push_back(total);
  if (!c.cell) x.push_back(c.batch_first ? batch : steps);
  if (!c.cell && c.batched) x.push_back(c.batch_first ? steps : batch);
  if (c.cell && c.batched) x.push_back(batch);
  if (c.batched) state.push_back(batch);
  const std::int64_t output = c.projected ? c.projected : hidden;
  x.push_back(in);
  state.push_back(output);
  const auto shape = [](const std::vector<std::int64_t>& sizes) {
    return Shape(std::span<const std::int64_t>(sizes));
  };
  check::Sample all{reals(shape(x))};
  for (std::size_t k = 0; k < c.states(); ++k) {
    if (k == 1) state.back() = hidden;
    all.push_back(reals(shape(state)));
  }
  for (std::int64_t i = 0; i < total; ++i) {
    const std::int64_t width = i < c.directions() ? in : c.directions() * output;
    all.push_back(reals({wide, width}, -1, 1));
    all.push_back(reals({wide, output}, -1, 1));
    for (int k = 0; c.biased && k < 2; ++k) all.push_back(reals({wide}, -1, 1));
    if (c.projected) all.push_back(reals({output, hidden}, -1, 1));
  }
  return all;
}

// With what every kind has to be run.
// The first row of a layer and of its cell come with their names and errors.
std::vector<Row> rows_of(Kind kind, const Row& first_layer, const Row& first_cell) {
  std::vector<Row> rows;
  const auto add = [&](Row row, Case c, std::vector<check::Sample> samples) {
    c.kind = kind;
    row.function = layer(c);
    row.reference = plain(c);
    row.samples = std::move(samples);
    rows.push_back(std::move(row));
  };
  const auto more = [](const Row& row, const char* what) {
    return Row{.name = row.name + what, .site = row.site};
  };
  const Case one{.kind = kind};
  add(first_layer, one,
      {sample(one, 3, 2, 2, 2), sample(one, 1, 1, 1, 1), sample(one, 2, 1, 3, 5)});
  add(more(first_layer, " without biases"), {.kind = kind, .biased = false},
      {sample({.kind = kind, .biased = false}, 2, 2, 3, 2)});
  const Case first{.kind = kind, .batch_first = true, .batched = true};
  add(more(first_layer, " batch first"), first, {sample(first, 3, 2, 2, 2)});
  const Case alone{.kind = kind, .batched = false};
  add(more(first_layer, " without a batch"), alone, {sample(alone, 3, 1, 2, 2)});
  const Case both{.kind = kind, .layers = 2, .bidirectional = true};
  add(more(first_layer, " of two layers in both directions"), both, {sample(both, 2, 2, 2, 2)});
  Case padded{.kind = kind, .bidirectional = true, .lengths = {2, 3, 0}};
  add(more(first_layer, " of a padded batch"), padded, {sample(padded, 3, 3, 2, 2)});
  padded.batch_first = true;
  padded.lengths = {1, 3};
  add(more(first_layer, " of a padded batch first"), padded, {sample(padded, 3, 2, 1, 2)});
  const Case once{.kind = kind, .cell = true};
  add(first_cell, once, {sample(once, 1, 3, 2, 2), sample(once, 1, 1, 4, 3)});
  const Case vector{.kind = kind, .biased = false, .batched = false, .cell = true};
  add(more(first_cell, " without a batch"), vector, {sample(vector, 1, 1, 2, 3)});
  // Without elements there is no NaN to look for.
  add(more(first_layer, " without sequences"), one, {sample(one, 2, 0, 2, 2)});
  rows.back().propagates_nan = false;
  add(more(first_layer, " without steps"), one, {sample(one, 0, 2, 2, 2)});
  rows.back().propagates_nan = false;
  add(more(first_layer, " without inputs"), one, {sample(one, 2, 2, 0, 2)});
  rows.back().propagates_nan = false;
  if (kind == Kind::lstm) {
    Case projected{.kind = kind, .projected = 2};
    add(more(first_layer, " with projections"), projected, {sample(projected, 3, 2, 2, 3)});
    projected.batched = false, projected.biased = false;
    add(more(first_layer, " with projections and no batch"), projected,
        {sample(projected, 2, 1, 2, 3)});
    Case all{
        .kind = kind, .layers = 2, .bidirectional = true, .lengths = {2, 3, 0}, .projected = 1};
    add(more(first_layer, " with projections of two layers of a padded batch"), all,
        {sample(all, 3, 3, 2, 2)});
    all.lengths = {}, all.layers = 1, all.batch_first = true;
    add(more(first_layer, " with projections in both directions"), all, {sample(all, 2, 2, 1, 2)});
    const Case none{.kind = kind, .projected = 2};
    add(more(first_layer, " with projections without steps"), none, {sample(none, 0, 2, 2, 3)});
    rows.back().propagates_nan = false;
  }
  for (Row& row : rows) {
    row.refuses_undefined = false;  // weights are looked at one by one
    const auto is = [&](const char* what) { return row.name.find(what) != row.name.npos; };
    if (is("padded")) {
      row.propagates_nan = false;  // nobody reads what lies behind the end
      row.infinities = false;      // 0 times an infinite weight, behind the end
    }
    // The weights' product overflows where products with a state do not, and what is not finite in
    // it meets the zeros of the first step.
    if (is("projections")) row.infinities = row.extremes = row.propagates_nan = false;
    // Some gate of a large sum is not saturated, and the sum's rounding shows.
    if (is("two layers")) row.extremes = false;
    // An infinite state or share of it meets slopes of 0: their products are nothing to agree on.
    if (kind == Kind::gru) row.infinities = false;
    // Large numbers grow from step to step beyond what float32 has.
    if (kind == Kind::relu && !is("cell")) row.extremes = false;
  }
  return rows;
}

const RecurrentWeights w4{ones({4, 3}), ones({4, 1})}, w3{ones({3, 3}), ones({3, 1})},
    w1{ones({1, 3}), ones({1, 1})};
const Tensor x = ones({2, 5, 3}), row = ones({5, 3});

const Register lstms(rows_of(
    Kind::lstm,
    {.name = "lstm",
     .errors =
         {{[] { return lstm(ones({3}), {}, {w4}); },
           "lstm: x needs (T, B, in) or (T, in), got (3,)"},
          {[] { return lstm(ones({3}), {}, {w4}, {.batch_first = true}); },
           "lstm: x needs (B, T, in) or (T, in), got (3,)"},
          {[] {
             return lstm(ones({2, 5, 3}, int64), {}, {w4});
           },
           "lstm: x needs a floating dtype, got int64"},
          {[] { return lstm(Tensor(), {}, {w4}); }, "lstm: input 0 is an undefined tensor"},
          {[] { return lstm(x, {}, {}); }, "lstm: got 0 sets of weights, needs one for each layer"},
          {[] { return lstm(x, {}, {w4}, {.bidirectional = true}); },
           "lstm: got 1 sets of weights, needs one for each layer and direction"},
          {[] {
             return lstm(x, {}, {{ones({4, 3}), ones({4})}});
           },
           "lstm: hh must have two axes, it is float32 (4,)"},
          {[] {
             return lstm(x, {}, {{ones({4, 3}), Tensor()}});
           },
           "lstm: hh must have two axes, it is an undefined tensor"},
          {[] {
             return lstm(x, {}, {{ones({4, 2}), ones({4, 1})}});
           },
           "lstm: ih must be float32 (4, 3) for x float32 (2, 5, 3), it is float32 (4, 2)"},
          {[] {
             return lstm(x, {}, {{ones({4, 3}), ones({3, 1})}});
           },
           "lstm: hh must be float32 (4, 1) for x float32 (2, 5, 3), it is float32 (3, 1)"},
          {[] {
             return lstm(x, {}, {w4, w4});
           },
           "lstm: ih of weights 1 must be float32 (4, 1) for x float32 (2, 5, 3), it is float32 "
           "(4, 3)"},
          {[] {
             return lstm(x, {}, {{ones({4, 3}, float64), ones({4, 1})}});
           },
           "lstm: ih must be float32 (4, 3) for x float32 (2, 5, 3), it is float64 (4, 3)"},
          {[] {
             return lstm(x, {}, {{ones({4, 3}), ones({4, 1}), ones({4})}});
           },
           "lstm: needs all biases or none"},
          {[] {
             return lstm(x, {}, {{ones({4, 3}), ones({4, 1}), ones({3}), ones({4})}});
           },
           "lstm: bias_ih must be float32 (4,) for x float32 (2, 5, 3), it is float32 (3,)"},
          {[] {
             return lstm(x, {ones({1, 5, 1})}, {w4});
           },
           "lstm: the state is h and c or nothing, got 1 tensors"},
          {[] {
             return lstm(x, {ones({1, 2, 1}), ones({1, 5, 1})}, {w4});
           },
           "lstm: h_0 must be float32 (1, 5, 1) for x float32 (2, 5, 3), it is float32 (1, 2, 1)"},
          {[] {
             return lstm(x, {ones({1, 5, 1}), ones({5, 1})}, {w4});
           },
           "lstm: c_0 must be float32 (1, 5, 1) for x float32 (2, 5, 3), it is float32 (5, 1)"},
          {[] {
             return lstm(x, {}, {{ones({8, 3}), ones({8, 1}), {}, {}, ones({2})}});
           },
           "lstm: hr must have two axes, it is float32 (2,)"},
          {[] {
             return lstm(x, {}, {{ones({8, 3}), ones({8, 1}), {}, {}, ones({2, 2})}});
           },
           "lstm: hr must be float32 (1, 2) for x float32 (2, 5, 3), it is float32 (2, 2)"},
          {[] {
             return lstm(x, {},
                         {{ones({8, 3}), ones({8, 1}), {}, {}, ones({1, 2})},
                          {ones({8, 1}), ones({8, 1})}});
           },
           "lstm: hr of weights 1 must be float32 (1, 2) for x float32 (2, 5, 3), it is an "
           "undefined tensor"},
          {[] {
             return lstm(x, {}, {w4, {ones({4, 1}), ones({4, 1}), {}, {}, ones({1, 1})}});
           },
           "lstm: needs all of hr or none"},
          {[] {
             return lstm(x, {ones({1, 5, 2}), ones({1, 5, 2})},
                         {{ones({8, 3}), ones({8, 1}), {}, {}, ones({1, 2})}});
           },
           "lstm: h_0 must be float32 (1, 5, 1) for x float32 (2, 5, 3), it is float32 (1, 5, 2)"},
          {[] { return lstm(x, {}, {w4}, {.dropout = 1}); },
           "lstm: dropout must lie in [0, 1), got 1"},
          {[] { return lstm(row, {}, {w4}, {.lengths = ones({5}, int64)}); },
           "lstm: lengths are of a batch, x (5, 3) has none"},
          {[] { return lstm(x, {}, {w4}, {.lengths = ones({5})}); },
           "lstm: lengths must be int64, got float32"},
          {[] { return lstm(x, {}, {w4}, {.lengths = ones({2}, int64)}); },
           "lstm: lengths must be (5,) for x (2, 5, 3), got (2,)"},
          {[] { return lstm(x, {}, {w4}, {.lengths = full({5}, 3, int64)}); },
           "lstm: lengths[0] is 3, x has 2 steps"},
          {[] { return lstm(x, {}, {w4}, {.lengths = full({5}, -1, int64)}); },
           "lstm: lengths[0] is -1, x has 2 steps"}}},
    {.name = "lstm_cell",
     .errors = {
         {[] {
            return lstm_cell(row, {}, {ones({8, 3}), ones({8, 1}), {}, {}, ones({1, 2})});
          },
          "lstm_cell: hr is of lstm alone, which projects its state"},
         {[] { return lstm_cell(x, {}, w4); },
          "lstm_cell: x needs (B, in) or (in,), got (2, 5, 3)"},
         {[] {
            return lstm_cell(row, {ones({5, 1})}, w4);
          },
          "lstm_cell: the state is h and c or nothing, got 1 tensors"},
         {[] {
            return lstm_cell(row, {ones({5, 1}), ones({4, 1})}, w4);
          },
          "lstm_cell: c must be float32 (5, 1) for x float32 (5, 3), it is float32 (4, 1)"}}}));

const Register grus(rows_of(
    Kind::gru,
    {.name = "gru",
     .errors =
         {{[] { return gru(x, {}, {w4}); },
           "gru: ih must be float32 (3, 3) for x float32 (2, 5, 3), it is float32 (4, 3)"},
          {[] {
             return gru(x, ones({2, 5, 1}), {w3});
           },
           "gru: h_0 must be float32 (1, 5, 1) for x float32 (2, 5, 3), it is float32 (2, 5, 1)"}}},
    {.name = "gru_cell",
     .errors = {{[] { return gru_cell(row, ones({1}), w3); },
                 "gru_cell: h must be float32 (5, 1) for x float32 (5, 3), it is float32 (1,)"}}}));

const Register tanhs(
    rows_of(Kind::tanh,
            {.name = "rnn_tanh",
             .errors = {{[] { return rnn_tanh(x, {}, {w3}); },
                         "rnn_tanh: ih must be float32 (1, 3) for x float32 (2, 5, 3), it is "
                         "float32 (3, 3)"}}},
            {.name = "rnn_tanh_cell",
             .errors = {{[] { return rnn_tanh_cell(ones({}), {}, w1); },
                         "rnn_tanh_cell: x needs (B, in) or (in,), got ()"}}}));

const Register relus(
    rows_of(Kind::relu,
            {.name = "rnn_relu",
             .errors = {{[] { return rnn_relu(x, {}, {w3}); },
                         "rnn_relu: ih must be float32 (1, 3) for x float32 (2, 5, 3), it is "
                         "float32 (3, 3)"}}},
            {.name = "rnn_relu_cell",
             .errors = {{[] { return rnn_relu_cell(ones({}), {}, w1); },
                         "rnn_relu_cell: x needs (B, in) or (in,), got ()"}}}));

}  // namespace

// Recurrent layers beyond the small shapes of the op table: many units, threads, padding, and what
// goes wrong elsewhere.

#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;

using Layer = std::function<Tensors(const Tensor& x, const std::vector<RecurrentWeights>& weights,
                                    const RecurrentOptions& options)>;
struct Kind {
  const char* name;
  std::int64_t gates;
  Layer run;
};
const Kind kinds[] = {
    {"lstm", 4, [](const auto& x, const auto& w, const auto& o) { return lstm(x, {}, w, o); }},
    {"gru", 3, [](const auto& x, const auto& w, const auto& o) { return gru(x, {}, w, o); }},
    {"rnn_tanh", 1,
     [](const auto& x, const auto& w, const auto& o) { return rnn_tanh(x, {}, w, o); }},
    {"rnn_relu", 1,
     [](const auto& x, const auto& w, const auto& o) { return rnn_relu(x, {}, w, o); }}};

std::vector<RecurrentWeights> draw(const Kind& kind, std::int64_t in, std::int64_t hidden,
                                   int directions, Dtype dtype) {
  std::vector<RecurrentWeights> all;
  const double bound = 1 / std::sqrt(double(hidden));
  for (int i = 0; i < directions; ++i) {
    const auto weight = [&](const Shape& shape) {
      return to(uniform(shape, -bound, bound), dtype).requires_grad_();
    };
    const std::int64_t wide = kind.gates * hidden;
    all.push_back({weight({wide, in}), weight({wide, hidden}), weight({wide}), weight({wide})});
  }
  return all;
}

Tensors parameters(const Tensor& x, const std::vector<RecurrentWeights>& weights) {
  Tensors all{x};
  for (const RecurrentWeights& w : weights)
    all.insert(all.end(), {w.ih, w.hh, w.bias_ih, w.bias_hh});
  return all;
}

// Results and gradients of all there is.
Tensors everything(const Kind& kind, const Tensor& x, const std::vector<RecurrentWeights>& w,
                   const RecurrentOptions& options, bool create_graph = false) {
  const Tensors y = kind.run(x, w, options);
  Tensors weights;
  manual_seed(17);
  for (const Tensor& t : y) weights.push_back(to(randn(t.shape()), t.dtype()));
  Tensors all = grad(y, parameters(x, w), {.grad_outputs = weights, .create_graph = create_graph});
  all.insert(all.end(), y.begin(), y.end());
  for (Tensor& t : all) t = t.detach();
  return all;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  return max(abs(to(a, float64) - to(b, float64))).item();
}

}  // namespace

// Fewer rows than a tile of a product has, and more; a few steps are not arranged for.
TEST_CASE("fused steps of many units give what single operations give") {
  struct Size {
    std::int64_t steps, batch, hidden;
  };
  for (const Kind& kind : kinds) {
    CAPTURE(kind.name);
    for (const auto& [steps, batch, hidden] :
         {Size{6, 3, 7}, {6, 9, 32}, {6, 26, 70}, {1, 3, 40}, {2, 26, 40}}) {
      CAPTURE(steps, batch, hidden);
      std::vector<std::int64_t> lengths;
      for (std::int64_t b = 0; b < batch; ++b) lengths.push_back((5 * b + 6) % (steps + 1));
      for (const Dtype dtype : {float32, float64}) {
        const bool batch_first = dtype == float64;
        manual_seed(5);
        const std::int64_t rows = batch_first ? batch : steps,
                           columns = batch_first ? steps : batch;
        const Tensor x = to(randn({rows, columns, 11}), dtype).requires_grad_();
        const auto w = draw(kind, 11, hidden, 2, dtype);
        const RecurrentOptions options{.batch_first = batch_first,
                                       .bidirectional = true,
                                       .lengths = from_data(lengths, {batch})};
        const Tensors fused = everything(kind, x, w, options),
                      composed = everything(kind, x, w, options, true);
        for (std::size_t i = 0; i < fused.size(); ++i) {
          CAPTURE(i);
          CHECK(largest_difference(fused[i], composed[i]) < (dtype == float32 ? 2e-5 : 1e-13));
        }
      }
    }
  }
}

// Of 2,340 rows, of which gradients of weights add up 2,048 at once; sums round accordingly.
TEST_CASE("fused steps of many rows give what single operations give") {
  for (const Kind& kind : kinds) {
    CAPTURE(kind.name);
    manual_seed(5);
    const Tensor x = to(randn({90, 26, 11}), float64).requires_grad_();
    const auto w = draw(kind, 11, 5, 1, float64);
    const Tensors fused = everything(kind, x, w, {}), composed = everything(kind, x, w, {}, true);
    for (std::size_t i = 0; i < fused.size(); ++i) {
      CAPTURE(i);
      CHECK(largest_difference(fused[i], composed[i]) < 1e-11);
    }
  }
}

TEST_CASE("recurrent layers have the same bits for any number of threads") {
  if (!omp_set_num_threads) SKIP_TEST("built without OpenMP");
  for (const Kind& kind : kinds) {
    CAPTURE(kind.name);
    manual_seed(6);
    const Tensor x = randn({5, 16, 20}).requires_grad_();
    const auto w = draw(kind, 20, 200, 1, float32);
    const auto steps = [&](int threads) {
      omp_set_num_threads(threads);
      return everything(kind, x, w, {});
    };
    const Tensors one = steps(1);
    for (const int threads : {2, 3}) {
      const Tensors many = steps(threads);
      for (std::size_t i = 0; i < one.size(); ++i)
        CHECK(many[i].to_vector<float>() == one[i].to_vector<float>());
    }
    omp_set_num_threads(2);
  }
}

// PyTorch reports 1811 and 517.
TEST_CASE("a padded batch is each sequence alone, whatever lies behind its end") {
  const std::vector<std::int64_t> lengths{3, 5, 1, 4};
  for (const Kind& kind : kinds) {
    for (const bool batch_first : {false, true}) {
      CAPTURE(kind.name, batch_first);
      manual_seed(8);
      const auto w = draw(kind, 2, 3, 2, float64);
      Tensor x = randn({5, 4, 2}, float64);
      for (std::int64_t b = 0; b < 4; ++b)
        fill_(slice(select(x, 1, b), 0, lengths[std::size_t(b)]), NAN);
      if (batch_first) x = contiguous(transpose(x, 0, 1));
      x.requires_grad_();
      RecurrentOptions options{
          .batch_first = batch_first, .bidirectional = true, .lengths = from_data(lengths, {4})};
      for (const bool create_graph : {false, true}) {
        const Tensors y = kind.run(x, w, options);
        Tensors loss;
        for (const Tensor& t : y) loss.push_back(ones(t.shape(), float64));
        const Tensors got =
            grad(y, parameters(x, w), {.grad_outputs = loss, .create_graph = create_graph});

        Tensors sums;
        for (std::int64_t b = 0; b < 4; ++b) {
          const std::int64_t length = lengths[std::size_t(b)];
          const auto part = [&](const Tensor& t) {
            return slice(select(t, batch_first ? 0 : 1, b), 0, 0, length);
          };
          const Tensor alone = clone(part(x.detach())).requires_grad_();
          const Tensors own = kind.run(alone, w, {.bidirectional = true});
          CHECK(largest_difference(part(y[0]), own[0]) < 1e-15);
          const Tensor rest = slice(select(y[0], batch_first ? 0 : 1, b), 0, length);
          if (rest.numel() > 0) CHECK(max(abs(rest)).item() == 0);
          for (std::size_t k = 1; k < y.size(); ++k)
            CHECK(largest_difference(select(y[k], 1, b), own[k]) < 1e-15);
          Tensors own_loss;
          for (const Tensor& t : own) own_loss.push_back(ones(t.shape(), float64));
          const Tensors g = grad(own, parameters(alone, w), {.grad_outputs = own_loss});
          CHECK(largest_difference(part(got[0]), g[0]) < 1e-14);
          const Tensor behind = slice(select(got[0], batch_first ? 0 : 1, b), 0, length);
          if (behind.numel() > 0) CHECK(max(abs(behind)).item() == 0);
          for (std::size_t k = 1; k < g.size(); ++k)
            sums.size() < k ? sums.push_back(g[k]) : void(sums[k - 1] = sums[k - 1] + g[k]);
        }
        for (std::size_t k = 0; k < sums.size(); ++k)
          CHECK(largest_difference(got[k + 1], sums[k]) < 1e-13);
      }
    }
  }
}

// rten report 188, nntrainer report 1787.
TEST_CASE("the reset gate of GRU stands behind the product, and both biases count") {
  const Tensor half = full({3, 1}, 0.5, float64), bias = full({3}, 0.5, float64);
  const Tensor h =
      gru_cell(ones({1, 1}, float64), full({1, 1}, -2, float64), {half, half, bias, bias});
  CHECK(h.item() == Approx(-1.01945).epsilon(1e-5));
}

TEST_CASE("rnn_relu has slope 0 at its kink") {
  for (const bool create_graph : {false, true}) {
    const Tensor w = zeros({1, 1}, float64).requires_grad_(),
                 x = ones({1, 1, 1}, float64).requires_grad_();
    const Tensors y = rnn_relu(x, {}, {{w, w}});
    CHECK(grad(Tensors{y[1]}, {w},
               {.grad_outputs = {ones({1, 1, 1}, float64)}, .create_graph = create_graph})[0]
              .item() == 0);
  }
}

TEST_CASE("dropout stands between layers, in training only, and not behind the last") {
  const Kind& kind = kinds[0];
  auto w = draw(kind, 3, 3, 2, float32);  // of the same sizes, so that both can be the second
  const Tensor x = randn({4, 8, 3});
  const auto run = [&](const std::vector<RecurrentWeights>& weights, bool training) {
    return kind.run(x, weights, {.dropout = 0.5, .training = training})[0].to_vector<float>();
  };
  CHECK(run(w, false) == kind.run(x, w, {})[0].to_vector<float>());
  CHECK(run({w[0]}, true) == kind.run(x, {w[0]}, {})[0].to_vector<float>());
  manual_seed(3);
  const auto first = run(w, true);
  CHECK(first != run(w, true));
  manual_seed(3);
  CHECK(first == run(w, true));
}

TEST_CASE("a loss of final states alone reaches everything") {
  for (const Kind& kind : kinds) {
    CAPTURE(kind.name);
    manual_seed(9);
    const Tensor x = randn({4, 3, 2}, float64).requires_grad_();
    const auto w = draw(kind, 2, 5, 1, float64);
    for (std::size_t k = 0; k < (kind.gates == 4 ? 3u : 2u); ++k) {
      const auto one = [&](bool create_graph) {
        const Tensor loss = sum(square(kind.run(x, w, {})[k]));
        return grad(Tensors{loss}, parameters(x, w), {.create_graph = create_graph});
      };
      const Tensors fused = one(false), composed = one(true);
      for (std::size_t i = 0; i < fused.size(); ++i)
        CHECK(largest_difference(fused[i], composed[i]) < 1e-13);
    }
  }
}

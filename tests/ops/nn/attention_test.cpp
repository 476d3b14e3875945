// Attention beyond the small shapes of the op table: several blocks of queries and keys, many
// threads, memory, and what goes wrong elsewhere.

#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;

struct Case {
  const char* name;
  std::int64_t heads, shared, length, keys, width, value_width;
  bool causal, masked, dropped;
};

// Blocks of 128 queries and 512 keys, and remainders of both.
const Case cases[] = {
    {"plain", 2, 2, 300, 1100, 8, 5, false, false, false},
    {"causal", 2, 2, 700, 700, 16, 16, true, false, false},
    // So many keys that the backward's blocks are no whole number of stairs.
    {"causal with many keys", 1, 1, 300, 2100, 4, 3, true, false, false},
    {"masked", 1, 1, 130, 600, 4, 4, false, true, false},
    {"masked and causal", 2, 1, 600, 550, 4, 4, true, true, false},
    {"dropout", 4, 2, 150, 600, 8, 8, true, false, true},
};

struct Drawn {
  Tensor query, key, value, dy;
  AttentionOptions options;
};

Drawn draw(const Case& c, Dtype dtype) {
  manual_seed(5);
  Drawn d{to(randn({2, c.heads, c.length, c.width}), dtype),
          to(randn({2, c.shared, c.keys, c.width}), dtype),
          to(randn({2, c.shared, c.keys, c.value_width}), dtype),
          to(randn({2, c.heads, c.length, c.value_width}), dtype),
          {}};
  d.options.is_causal = c.causal;
  d.options.enable_gqa = true;
  d.options.dropout_p = c.dropped ? 0.3 : 0;
  // Late keys only, so that the running maximum starts at nothing; and row 3 sees none.
  if (c.masked) {
    const Tensor row = unsqueeze(arange(c.length), 1), column = unsqueeze(arange(c.keys), 0);
    d.options.attn_mask = logical_and(logical_or(column > 513, row < 64), row != 3);
  }
  return d;
}

// The output, and the gradients of query, key and value.
Tensors results(const Drawn& d, bool create_graph) {
  Tensors x;
  for (const Tensor& t : {d.query, d.key, d.value}) x.push_back(clone(t).detach().requires_grad_());
  manual_seed(11);
  const Tensor y = scaled_dot_product_attention(x[0], x[1], x[2], d.options);
  Tensors all{y.detach()};
  for (const Tensor& g :
       grad(Tensors{y}, x, {.grad_outputs = {d.dy}, .create_graph = create_graph}))
    all.push_back(g.detach());
  return all;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  return max(abs(to(a, float64) - to(b, float64))).item();
}

}  // namespace

TEST_CASE("blocks of queries and keys give what the definition gives") {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Drawn exact = draw(c, float64);
    const Tensors blocks = results(exact, false), composed = results(exact, true),
                  single = results(draw(c, float32), false);
    // The forward, from operations: group after group of heads.
    Tensor scores =
        matmul(reshape(exact.query, {2, c.shared, c.heads / c.shared, c.length, c.width}),
               transpose(unsqueeze(exact.key, 2))) /
        std::sqrt(double(c.width));
    const double unseen = -1e300;
    if (c.causal) scores = where(unsqueeze(arange(c.length), 1) >= arange(c.keys), scores, unseen);
    if (c.masked) scores = where(exact.options.attn_mask, scores, unseen);
    Tensor weights = where(max(scores, -1, keepdims) > unseen, softmax(scores, -1), 0.0);
    if (c.dropped) {
      manual_seed(11);
      weights = dropout(weights, 0.3, true);
    }
    const Tensor y = reshape(matmul(weights, unsqueeze(exact.value, 2)), blocks[0].shape());
    CHECK(largest_difference(blocks[0], y) < 1e-12);
    for (std::size_t i = 0; i < 4; ++i) {
      CAPTURE(i);
      CHECK(largest_difference(blocks[i], composed[i]) < 1e-11);
      CHECK(largest_difference(single[i], composed[i]) < 2e-5);
    }
  }
}

TEST_CASE("attention has the same bits for any number of threads") {
  if (!omp_set_num_threads) SKIP_TEST("built without OpenMP");
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Drawn d = draw(c, float32);
    omp_set_num_threads(1);
    const Tensors one = results(d, false);
    for (const int threads : {2, 3, 5}) {
      omp_set_num_threads(threads);
      const Tensors many = results(d, false);
      for (std::size_t i = 0; i < 4; ++i)
        CHECK(many[i].to_vector<float>() == one[i].to_vector<float>());
    }
    omp_set_num_threads(2);
  }
}

TEST_CASE("attention's memory grows with the length, not with its square") {
  if (memory_stats().system_allocations == 0) SKIP_TEST("sanitizers: no pool that counts");
  const auto peak = [](std::int64_t length) {
    const Tensor q = randn({1, 2, length, 16}).requires_grad_();
    const std::int64_t before = memory_stats().in_use;
    reset_peak_memory();
    const Tensor y = scaled_dot_product_attention(q, q, q, {.is_causal = true});
    y.backward(ones(y.shape()));
    return double(memory_stats().peak_in_use - before);
  };
  peak(512);
  const double shorter = peak(2048), longer = peak(8192);
  INFO("2048: " << shorter << " bytes, 8192: " << longer);
  CHECK(longer < 5 * shorter);
  CHECK(longer < 4.0 * 8192 * 8192 / 8);
}

// PyTorch reports 41508, 131060 and others.
TEST_CASE("a query that sees no key gets zeros and gives zero gradients, and nobody else does") {
  const Tensor sees = from_data(std::vector<double>{0, 0, 1, 1}, {2, 2}) > 0;
  for (const bool create_graph : {false, true}) {
    CAPTURE(create_graph);
    Tensors x;
    for (int i = 0; i < 3; ++i) x.push_back(randn({2, 2, 3}, float64).requires_grad_());
    const Tensor y = scaled_dot_product_attention(x[0], x[1], x[2], {.attn_mask = sees});
    const Tensors g = grad(
        Tensors{y}, x, {.grad_outputs = {ones(y.shape(), float64)}, .create_graph = create_graph});
    for (const Tensor& t : {y, g[0]}) {
      CHECK(max(abs(select(t, 1, 0))).item() == 0);
      CHECK(max(abs(select(t, 1, 1))).item() > 0);
    }
    for (const Tensor& t : {g[0], g[1], g[2]}) CHECK(std::isfinite(sum(t).item()));
  }
}

TEST_CASE("causal counts from the top left: one query of four keys sees the first") {
  const Tensor q = ones({1, 2}), k = randn({4, 2}), v = arange(4.0);
  const Tensor y = scaled_dot_product_attention(q, k, unsqueeze(v, 1) + 10, {.is_causal = true});
  CHECK(y.item() == 10);
}

TEST_CASE("true in a mask means seen, and numbers 0 and 1 are added") {
  const Tensor x = zeros({1, 1}), k = zeros({2, 1});
  const Tensor v = from_data(std::vector<float>{1, 3}, {2, 1});
  const Tensor numbers = from_data(std::vector<float>{1, 0}, {1, 2});
  CHECK(scaled_dot_product_attention(x, k, v, {.attn_mask = numbers > 0}).item() == 1);
  const double e = std::exp(1.0);
  CHECK(scaled_dot_product_attention(x, k, v, {.attn_mask = numbers}).item() ==
        Approx((e + 3) / (e + 1)));
}

TEST_CASE("dropout of attention is a new one each call and repeats with the seed") {
  const Tensor x = randn({4, 64, 8});
  const auto run = [&] {
    return scaled_dot_product_attention(x, x, x, {.dropout_p = 0.5}).to_vector<float>();
  };
  manual_seed(3);
  const auto a = run(), b = run();
  manual_seed(3);
  CHECK(run() == a);
  CHECK(a != b);
  // Kept weights are divided by 1 - p: on the average they still add up to 1.
  double total = 0;
  for (int i = 0; i < 400; ++i)
    total += mean(scaled_dot_product_attention(x, x, ones({4, 64, 8}), {.dropout_p = 0.5})).item();
  CHECK(total / 400 == Approx(1).margin(0.02));
}

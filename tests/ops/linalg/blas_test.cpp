// Matrix products against plain loops: sizes around those at which the way of computing changes,
// any strides, batches, threads; and how OpenBLAS is found.

#include <algorithm>
#include <atomic>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/cinta.hpp>
#include <cinta/ops/kernels/gemm/blas.hpp>
#include <cinta/ops/kernels/gemm/gemm.hpp>
#include <cinta/ops/kernels/gemm/gemm_tiled.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <thread>

#include "support/catch_compat.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;

std::mt19937_64 generator(20240612);

std::int64_t random_int(std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(generator);
}

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

double value_at(const Array& x, std::int64_t offset) {
  return x.dtype == float32 ? double(x.data<float>()[offset]) : x.data<double>()[offset];
}

// How the elements of a random tensor lie.
enum class Lie { dense, transposed, gaps, column_gaps, reversed, shuffled, repeated };
constexpr Lie lies[] = {Lie::dense,    Lie::transposed, Lie::gaps,    Lie::column_gaps,
                        Lie::reversed, Lie::shuffled,   Lie::repeated};

// Random values in [-1, 1); memory between them is NaN.
Tensor random_tensor(const Shape& shape, Dtype dtype, Lie lie) {
  const int rank = shape.rank();
  std::vector<int> order(static_cast<std::size_t>(rank));  // axes from the fastest
  for (int i = 0; i < rank; ++i) order[std::size_t(i)] = rank - 1 - i;
  if (lie == Lie::transposed && rank > 1) std::swap(order[0], order[1]);
  if (lie == Lie::shuffled) std::shuffle(order.begin(), order.end(), generator);
  Strides strides = Shape::filled(rank);
  std::int64_t step = lie == Lie::column_gaps ? 2 : 1, offset = 0, last = 0;
  for (const int axis : order) {
    strides[axis] = step;
    step *= std::max<std::int64_t>(shape[axis], 1);
    if (lie == Lie::gaps) step += 3;
    last += strides[axis] * std::max<std::int64_t>(shape[axis] - 1, 0);
  }
  if (lie == Lie::reversed && rank) {
    for (int i = 0; i < rank; ++i) strides[i] = -strides[i];
    offset = last;
  }
  const Tensor memory = full({last + 1}, not_a_number, dtype);
  Tensor x = alias(memory, shape, strides, offset);
  uniform_(x, -1, 1);
  if (lie != Lie::repeated || rank == 0) return x;
  strides[int(random_int(0, rank - 1))] = 0;
  return alias(memory, shape, strides, offset);
}

std::int64_t offset_of(std::int64_t matrix, const Shape& y, const Array& x) {
  std::int64_t offset = 0;
  for (int i = y.rank() - 3, k = x.shape.rank() - 3; i >= 0; --i, --k) {
    if (k >= 0 && x.shape[k] != 1) offset += matrix % y[i] * x.strides[k];
    matrix /= y[i];
  }
  return offset;
}

// a x b by plain loops in double: sums of k terms, and sums of the terms' sizes, which errors are
// measured in.
struct Plain {
  std::int64_t k;
  std::vector<double> sum, scale;
};

Plain plain_product(const Array& a, const Array& b, const Shape& y) {
  const int rank_a = a.shape.rank(), rank_b = b.shape.rank();
  const std::int64_t m = y[y.rank() - 2], n = y[y.rank() - 1], k = a.shape.back();
  std::vector<double> rows(std::size_t(m * k)), columns(std::size_t(n * k));
  Plain plain{k, {}, {}};
  const std::int64_t matrices = y.numel() / std::max<std::int64_t>(m * n, 1);
  for (std::int64_t matrix = 0; matrix < matrices; ++matrix) {
    const std::int64_t at_a = offset_of(matrix, y, a), at_b = offset_of(matrix, y, b);
    for (std::int64_t c = 0; c < k; ++c) {
      for (std::int64_t i = 0; i < m; ++i)
        rows[std::size_t(i * k + c)] =
            value_at(a, at_a + i * a.strides[rank_a - 2] + c * a.strides[rank_a - 1]);
      for (std::int64_t j = 0; j < n; ++j)
        columns[std::size_t(j * k + c)] =
            value_at(b, at_b + c * b.strides[rank_b - 2] + j * b.strides[rank_b - 1]);
    }
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        const double *row = rows.data() + i * k, *column = columns.data() + j * k;
        double sum = 0, scale = 0;
        for (std::int64_t c = 0; c < k; ++c) {
          const double term = row[c] * column[c];
          sum += term;
          scale += std::abs(term);
        }
        plain.sum.push_back(sum);
        plain.scale.push_back(scale);
      }
    }
  }
  return plain;
}

// The largest error of y = before + a x b, in units of what rounding explains.
double error_of_product(const Plain& plain, const Tensor& y, const Tensor& before) {
  const double epsilon = y.dtype() == float32 ? std::numeric_limits<float>::epsilon()
                                              : std::numeric_limits<double>::epsilon();
  double worst = 0;
  for (std::int64_t flat = 0; flat < y.numel(); ++flat) {
    const double start = before.defined() ? value_at(before, flat) : 0;
    const double expected = start + plain.sum[std::size_t(flat)], got = value_at(y, flat);
    const double scale =
        (plain.scale[std::size_t(flat)] + std::abs(start)) * epsilon * (2 + double(plain.k) / 2);
    const double error = got == expected ? 0 : std::abs(got - expected) / scale;
    worst = std::max(worst, std::isnan(error) ? 1e30 : error);
  }
  return worst;
}

void check_product(const Shape& shape_a, const Shape& shape_b, const Shape& shape_y, Dtype dtype,
                   Lie lie_a, Lie lie_b) {
  const Tensor a = random_tensor(shape_a, dtype, lie_a), b = random_tensor(shape_b, dtype, lie_b);
  CAPTURE(a.shape().str(), a.strides().str(), b.shape().str(), b.strides().str(), name_of(dtype));
  const Plain plain = plain_product(a, b, shape_y);
  const Tensor y = full(shape_y, not_a_number, dtype);  // what was there must not matter
  kernels::matmul(a, b, y);
  CHECK(error_of_product(plain, y, {}) <= 1);
  const Tensor before = clone(y);
  kernels::matmul(a, b, y, true);
  CHECK(error_of_product(plain, y, before) <= 1);
}

template <class F>
void with_threads(int threads, F&& f) {
  if (omp_set_num_threads) omp_set_num_threads(threads);
  f();
  if (omp_set_num_threads) omp_set_num_threads(2);
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.spec() == b.spec() && std::memcmp(Array(a).memory, Array(b).memory,
                                             std::size_t(a.numel()) * size_of(a.dtype())) == 0;
}

}  // namespace

TEST_CASE("products of small sizes agree with plain loops") {
  for (const Dtype dtype : {float32, float64}) {
    for (std::int64_t m = 1; m <= 14; ++m) {
      for (const std::int64_t n : {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 65}) {
        const std::int64_t k = random_int(1, 40);
        check_product({m, k}, {k, n}, {m, n}, dtype, lies[random_int(0, 6)],
                      lies[random_int(0, 6)]);
      }
    }
  }
}

TEST_CASE("products of random sizes and strides agree with plain loops") {
  for (int round = 0; round < 120; ++round) {
    const Dtype dtype = round % 2 ? float32 : float64;
    const std::int64_t m = random_int(1, 90), k = random_int(1, 300), n = random_int(1, 90);
    check_product({m, k}, {k, n}, {m, n}, dtype, lies[random_int(0, 6)], lies[random_int(0, 6)]);
  }
}

TEST_CASE("products beyond the small ones agree with plain loops") {
  for (const Lie a : lies) {
    for (const Lie b : lies) check_product({131, 140}, {140, 133}, {131, 133}, float32, a, b);
    check_product({131, 140}, {140, 133}, {131, 133}, float64, a, Lie::transposed);
  }
  // Deeper than what our kernel multiplies at once.
  for (const Lie a : lies) {
    check_product({130, 900}, {900, 128}, {130, 128}, float32, a, Lie::transposed);
    check_product({130, 900}, {900, 128}, {130, 128}, float64, a, Lie::dense);
  }
  // Rows or columns on the left that lie pages apart, which our kernel arranges.
  for (const Lie b : {Lie::dense, Lie::transposed}) {
    check_product({77, 1024}, {1024, 300}, {77, 300}, float32, Lie::dense, b);
    check_product({1024, 410}, {410, 261}, {1024, 261}, float32, Lie::transposed, b);
    check_product({40, 512}, {512, 150}, {40, 150}, float64, Lie::dense, b);
    check_product({512, 21}, {21, 150}, {512, 150}, float64, Lie::transposed, b);
  }
  check_product({200, 700}, {700, 3}, {200, 3}, float32, Lie::dense, Lie::dense);
  check_product({3, 700}, {700, 400}, {3, 400}, float32, Lie::transposed, Lie::transposed);
  check_product({600, 2}, {2, 600}, {600, 600}, float32, Lie::dense, Lie::dense);
}

TEST_CASE("products with vectors agree with plain loops") {
  for (const Dtype dtype : {float32, float64}) {
    for (const Lie a : lies) {
      for (const Lie b : lies) {
        check_product({1, 70}, {70, 90}, {1, 90}, dtype, a, b);
        check_product({90, 70}, {70, 1}, {90, 1}, dtype, a, b);
        check_product({1, 500}, {500, 1}, {1, 1}, dtype, a, b);
        check_product({70, 1}, {1, 80}, {70, 80}, dtype, a, b);
      }
    }
  }
}

TEST_CASE("batches broadcast") {
  struct Case {
    Shape a, b, y;
  };
  const Case cases[] = {{{5, 3, 4}, {4, 6}, {5, 3, 6}},
                        {{3, 4}, {5, 4, 6}, {5, 3, 6}},
                        {{5, 3, 4}, {5, 4, 6}, {5, 3, 6}},
                        {{2, 1, 3, 4}, {3, 4, 2}, {2, 3, 3, 2}},
                        {{1, 3, 4}, {5, 4, 2}, {5, 3, 2}},
                        {{2, 3, 40, 50}, {2, 3, 50, 60}, {2, 3, 40, 60}},
                        {{7, 60, 200}, {200, 90}, {7, 60, 90}},
                        {{2, 2, 150, 140}, {2, 1, 140, 150}, {2, 2, 150, 150}},
                        {{40, 1, 300}, {300, 80}, {40, 1, 80}},
                        {{40, 2, 30}, {40, 30, 1}, {40, 2, 1}},
                        {{64, 9, 9}, {64, 9, 9}, {64, 9, 9}}};
  for (const Case& c : cases)
    for (int round = 0; round < 10; ++round) {
      check_product(c.a, c.b, c.y, round % 2 ? float32 : float64, lies[random_int(0, 6)],
                    lies[random_int(0, 6)]);
    }
}

TEST_CASE("what was broadcast before a product is read as what it is") {
  struct Case {
    Shape a, shown_a, b, shown_b, y;
  };
  const Case cases[] = {{{5, 3, 4}, {5, 3, 4}, {4, 6}, {5, 4, 6}, {5, 3, 6}},
                        {{3, 4}, {5, 3, 4}, {5, 4, 6}, {5, 4, 6}, {5, 3, 6}},
                        {{2, 5, 3, 40}, {2, 5, 3, 40}, {2, 1, 40, 6}, {2, 5, 40, 6}, {2, 5, 3, 6}},
                        {{2, 5, 1, 40}, {2, 5, 1, 40}, {1, 40, 60}, {2, 5, 40, 60}, {2, 5, 1, 60}},
                        {{3, 4}, {2, 5, 3, 4}, {4, 6}, {2, 5, 4, 6}, {2, 5, 3, 6}},
                        {{70, 90}, {3, 70, 90}, {90, 80}, {3, 90, 80}, {3, 70, 80}}};
  for (const Case& c : cases) {
    for (const Lie lie : lies) {
      const Tensor a = broadcast_to(random_tensor(c.a, float32, lie), c.shown_a),
                   b = broadcast_to(random_tensor(c.b, float32, lie), c.shown_b);
      const Tensor y = full(c.y, not_a_number);
      kernels::matmul(a, b, y);
      CHECK(error_of_product(plain_product(a, b, c.y), y, {}) <= 1);
    }
  }
  // It is one product with all rows: its bits are those with the matrix itself.
  const Tensor rows = rand({40, 30, 50}), weight = rand({50, 60});
  CHECK(same_bits(bmm(rows, broadcast_to(weight, {40, 50, 60})), matmul(rows, weight)));
}

TEST_CASE("the gradient of a matrix that a batch shares is one product") {
  struct Case {
    Shape a, b;
    int shared;
  };
  for (const Case& c : {Case{{4, 3, 5}, {5, 2}, 1}, Case{{4, 3, 5}, {1, 5, 2}, 1},
                        Case{{50, 20}, {4, 20, 2}, 0}, Case{{1, 50, 20}, {4, 20, 2}, 0},
                        Case{{4, 6, 2, 50}, {6, 50, 20}, 1}, Case{{4, 6, 2, 50}, {4, 1, 50, 20}, 1},
                        Case{{6, 50, 20}, {4, 6, 20, 2}, 0}, Case{{1, 3, 5}, {5, 2}, 1}}) {
    CAPTURE(c.a.str(), c.b.str());
    const Tensor a = rand(c.a, float64).requires_grad_(c.shared == 0),
                 b = rand(c.b, float64).requires_grad_(c.shared == 1);
    const Tensor shared = c.shared ? b : a;
    const Tensor dy = rand(matmul(a, b).shape(), float64);
    Tensor gradient;
    const Recording recording = record_operations(
        [&](const Tensors& in) {
          gradient = grad({matmul(a, b)}, {shared}, {.grad_outputs = {in[0]}})[0];
          return Tensors{gradient};
        },
        {dy});
    for (const Recording::Step& step : recording.steps())
      CHECK(std::string(step.name).find("sum") == std::string::npos);
    const Tensor all = c.shared ? matmul(transpose(a), dy) : matmul(dy, transpose(b));
    CHECK(max(abs(gradient - sum_to(all, shared.shape()))).item() < 1e-13);
  }
}

TEST_CASE("nothing to add gives zeros, nothing to fill nothing") {
  const Tensor y = full({2, 3}, not_a_number);
  kernels::matmul(zeros({2, 0}), zeros({0, 3}), y);
  CHECK(y.to_vector<float>() == std::vector<float>(6, 0));
  const Tensor kept = full({2, 3}, 5);
  kernels::matmul(zeros({2, 0}), zeros({0, 3}), kept, true);
  CHECK(kept.to_vector<float>() == std::vector<float>(6, 5));
  kernels::matmul(zeros({4, 0, 2}), zeros({2, 3}), zeros({4, 0, 3}));
  kernels::matmul(zeros({0, 2, 2}), zeros({2, 3}), zeros({0, 2, 3}));
  const Tensor bias = full({3}, 7), x = zeros({2, 0});
  CHECK(linear(x, zeros({3, 0}), bias).to_vector<float>() == std::vector<float>(6, 7));
}

TEST_CASE("zero times infinity is NaN in every way of multiplying") {
  for (const std::int64_t n : {1, 5, 40, 150}) {
    for (const std::int64_t m : {1, 5, 150}) {
      const Tensor a = zeros({m, 60}), b = full({60, n}, std::numeric_limits<double>::infinity());
      for (const float value : matmul(a, b).to_vector<float>()) REQUIRE(std::isnan(value));
      for (const float value :
           matmul(full({m, 60}, not_a_number), zeros({60, n})).to_vector<float>())
        REQUIRE(std::isnan(value));
    }
  }
}

TEST_CASE("linear adds its bias to every row") {
  for (const Dtype dtype : {float32, float64}) {
    for (const Lie lie : lies) {
      for (const std::int64_t rows : {1, 3, 64}) {
        const Tensor x = random_tensor({rows, 90}, dtype, lie),
                     weight = random_tensor({70, 90}, dtype, lie),
                     bias = random_tensor({70}, dtype, lie);
        const Tensor y = linear(x, weight, bias), before = clone(broadcast_to(bias, {rows, 70}));
        const Plain plain = plain_product(x, transpose(weight), y.shape());
        CHECK(error_of_product(plain, y, before) <= 1);
        CHECK(error_of_product(plain, linear(x, weight), {}) <= 1);
      }
    }
  }
  const Tensor x = rand({2, 3, 8}), weight = rand({4, 8}), bias = rand({4});
  const Tensor flat = linear(reshape(x, {6, 8}), weight, bias);
  CHECK(same_bits(reshape(linear(x, weight, bias), {6, 4}), flat));
  CHECK(linear(select(reshape(x, {6, 8}), 0, 2), weight, bias).shape() == Shape{4});
}

TEST_CASE("products of our own have the same bits for any number of threads") {
  const std::int64_t sizes[][3] = {{100, 90, 80},   {2000, 16, 40},  {16, 40, 2000},
                                   {128, 128, 128}, {300, 200, 400}, {700, 1024, 300}};
  for (const auto& [m, k, n] : sizes) {
    const Tensor a = rand({m, k}), b = rand({k, n});
    kernels::Product<float> product{};
    product.m = m, product.n = n, product.k = k;
    product.a_row = k, product.b_row = n, product.a_col = product.b_col = 1;
    if (!kernels::beats_blas(product)) continue;
    Tensor one, two, three;
    with_threads(1, [&] { one = matmul(a, b); });
    with_threads(2, [&] { two = matmul(a, b); });
    with_threads(3, [&] { three = matmul(a, b); });
    CHECK(same_bits(one, two));
    CHECK(same_bits(one, three));
  }
  const Tensor a = rand({50, 9, 7}), b = rand({50, 7, 8});
  Tensor one, two;
  with_threads(1, [&] { one = matmul(a, b); });
  with_threads(2, [&] { two = matmul(a, b); });
  CHECK(same_bits(one, two));
}

TEST_CASE("products divided between threads agree with plain loops") {
  for (const int threads : {2, 3, 5}) {
    with_threads(threads, [&] {
      for (const Lie lie : lies) {
        check_product({260, 150}, {150, 191}, {260, 191}, float32, lie, Lie::transposed);
        check_product({40, 300}, {300, 1000}, {40, 1000}, float64, Lie::transposed, lie);
        check_product({1003, 900}, {900, 1}, {1003, 1}, float32, lie, lie);
        check_product({1, 900}, {900, 1003}, {1, 1003}, float32, lie, lie);
      }
    });
  }
}

TEST_CASE("products run in several threads at once") {
  const Tensor a = rand({150, 160}), b = rand({160, 170});
  const Tensor expected = to(matmul(to(a, float64), to(b, float64)), float32);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const Tensor y = matmul(a, b);
        for (std::int64_t k = 0; k < y.numel(); ++k)
          wrong += std::abs(y.data<float>()[k] - expected.data<float>()[k]) > 1e-3f;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("a product saves an input only if the other one needs it") {
  const Tensor fixed = rand({2, 2});
  Tensor weight = rand({2, 2});
  weight.requires_grad_();
  const Tensor y = matmul(fixed, weight);
  CHECK_NOTHROW(y.node()->saved(0));
  CHECK_THROWS_AS(y.node()->saved(1), GraphError);
  const Tensor z = linear(fixed, weight, zeros({2}));
  CHECK_NOTHROW(z.node()->saved(0));
  CHECK_THROWS_AS(z.node()->saved(1), GraphError);
}

TEST_CASE("dtypes promote") {
  Tensor a = rand({2, 3});
  a.requires_grad_();
  const Tensor y = matmul(a, rand({3, 2}, float64));
  CHECK(y.dtype() == float64);
  y.backward(ones({2, 2}, float64));
  CHECK(a.grad().dtype() == float32);
}

TEST_CASE("OpenBLAS is found and chooses kernels for this processor") {
  if (const char* told = std::getenv("CINTA_OPENBLAS"); told && std::string(told) == "none")
    SKIP_TEST("CINTA_OPENBLAS is none");
  const kernels::Blas& blas = kernels::blas();
  if (blas.path.empty() && std::getenv("CINTA_EMULATED"))
    SKIP_TEST("no OpenBLAS of the emulated processor is installed");
  CHECK_FALSE(blas.path.empty());
  if (const char* told =
          std::getenv("OPENBLAS_CORETYPE")) {  // by the user: ours is not left behind
    WARN("OPENBLAS_CORETYPE is " << told);
  } else if (const char* wanted = kernels::blas_core_type()) {
    CHECK(std::string(blas.get_corename()) == wanted);
  }
}

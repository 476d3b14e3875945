// Sparse matrices of random places beside dense ones.

#include <cinta/cinta.hpp>
#include <cinta/ops/runtime.hpp>
#include <cmath>
#include <limits>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

double largest(const Tensor& x) { return x.numel() == 0 ? 0 : max(abs(x)).item(); }

Tensor random_ids(std::int64_t count, std::int64_t below) {
  return below == 0 ? empty({0}, int64) : randint(0, below, {count});
}

// `nnz` elements anywhere, equal places among them; none in a matrix without room.
SparseCoo random_coo(std::int64_t m, std::int64_t n, std::int64_t nnz, Dtype dtype = float64) {
  if (m == 0 || n == 0) nnz = 0;
  return {stack({random_ids(nnz, m), random_ids(nnz, n)}), randn({nnz}, dtype), {m, n}};
}
// The same by rows, in which columns do not grow and come again.
SparseCsr random_csr(std::int64_t m, std::int64_t n, std::int64_t nnz, Dtype dtype = float64) {
  if (m == 0 || n == 0) nnz = 0;
  const Tensor rows = sort(random_ids(nnz, m), 0).values;
  const Tensor pointers = searchsorted(rows, arange(m + 1));
  return {pointers, random_ids(nnz, n), randn({nnz}, dtype), {m, n}};
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && all(eq(a, b)).item<bool>();
}

}  // namespace

TEST_CASE("conversions keep the matrix, whatever the order and however often a place comes") {
  manual_seed(1);
  for (const auto& [m, n, nnz] : std::vector<std::array<std::int64_t, 3>>{{1, 1, 0},
                                                                          {1, 1, 5},
                                                                          {3, 4, 7},
                                                                          {20, 30, 100},
                                                                          {30, 2, 200},
                                                                          {0, 3, 0},
                                                                          {3, 0, 0},
                                                                          {0, 0, 0},
                                                                          {100, 100, 10}}) {
    CAPTURE(m, n, nnz);
    const SparseCoo a = random_coo(m, n, nnz);
    const Tensor dense = to_dense(a);
    const auto agrees = [&](const Tensor& x) {
      return x.shape() == dense.shape() && largest(x - dense) < 1e-13;
    };
    const SparseCoo sorted = coalesce(a);
    CHECK(sorted.is_coalesced());
    CHECK(agrees(to_dense(sorted)));
    CHECK(agrees(to_dense(to_sparse_csr(a))));
    CHECK(agrees(to_dense(to_sparse_coo(to_sparse_csr(a)))));
    CHECK(agrees(transpose(to_dense(transpose(to_sparse_csr(a))))));
    CHECK(agrees(to_dense(to_sparse_csr(dense))));
    CHECK(agrees(to_dense(to_sparse_coo(dense))));
    const SparseCsr b = random_csr(m, n, nnz);
    CHECK(largest(to_dense(transpose(b)) - transpose(to_dense(b))) < 1e-13);
    CHECK(largest(to_dense(to_sparse_csr(to_sparse_coo(b))) - to_dense(b)) < 1e-13);
    // Places grow, and none is there twice.
    const Tensor flat = sorted.indices()(0) * std::max<std::int64_t>(n, 1) + sorted.indices()(1);
    if (flat.numel() > 1) CHECK(all(gt(diff(flat), 0)).item<bool>());
  }
}

TEST_CASE("few elements of a matrix too large to count its rows or columns") {
  const std::int64_t all = std::numeric_limits<std::int64_t>::max();
  for (const Shape& shape :
       {Shape{all, 9}, Shape{9, all}, Shape{all, all}, Shape{1 << 30, 1 << 30}}) {
    INFO(shape.str());
    const Tensor rows = tensor({8, 3, 8, 0, 3, 8}, int64),
                 columns = tensor({1, 5, 1, 2, 0, 1}, int64);
    Tensor values = tensor({1, 2, 4, 8, 16, 32}, float64).requires_grad_();
    reset_peak_memory();
    const std::int64_t before = memory_stats().in_use;
    const SparseCoo sorted = coalesce(SparseCoo(stack({rows, columns}), values, shape));
    CHECK(memory_stats().peak_in_use - before < 1 << 20);
    CHECK(same_bits(sorted.indices(), tensor({{0, 3, 3, 8}, {2, 0, 5, 1}}, int64)));
    CHECK(same_bits(sorted.values(), tensor({8, 16, 2, 37}, float64)));
    sum(sorted.values() * tensor({1, 2, 3, 4}, float64)).backward();
    CHECK(same_bits(values.grad(), tensor({4, 3, 4, 1, 2, 4}, float64)));
  }
  const SparseCoo tall(zeros({2, 1}, int64), ones({1}), {all, 2});
  CHECK(error_of([&] {
          to_sparse_csr(tall);
        }).find("(9223372036854775807,) int64 has more bytes than 64 bits can count") !=
        std::string::npos);
  CHECK(error_of([&] {
          SparseCsr(zeros({4}, int64), zeros({0}, int64), zeros({0}), {all, 2});
        })
            .find("SparseCsr: (9223372036854775807,) int64 has more bytes than 64 bits can "
                  "count") == 0);
}

TEST_CASE("products are those of the dense matrix, on every width") {
  manual_seed(2);
  for (const auto& [m, n, nnz] : std::vector<std::array<std::int64_t, 3>>{
           {1, 1, 3}, {7, 5, 0}, {50, 60, 300}, {3, 2000, 6000}, {2000, 3, 6000}}) {
    const SparseCsr a = random_csr(m, n, nnz);
    const Tensor dense = to_dense(a);
    for (const std::int64_t width : {0, 1, 2, 7, 8, 16, 31, 64, 100, 129}) {
      CAPTURE(m, n, nnz, width);
      const Tensor x = randn({n, width}, float64), y = randn({m, width}, float64);
      CHECK(largest(matmul(a, x) - matmul(dense, x)) < 1e-11);
      CHECK(largest(matmul(a, y, {.transposed = true}) - matmul(transpose(dense), y)) < 1e-11);
      CHECK(largest(matmul(transpose(a), y) - matmul(transpose(dense), y)) < 1e-11);
      CHECK(largest(matmul(transpose(x), transpose(a)) - matmul(transpose(x), transpose(dense))) <
            1e-11);
      const SparseCsr scores = sampled_matmul(a, y, transpose(x));
      CHECK(largest(to_dense(scores) -
                    matmul(y, transpose(x)) * to_dense(a.with_values(ones({a.nnz()}, float64)))) <
            1e-11);
    }
  }
}

TEST_CASE("the gradient of the values has one element each, in their order, also of equal places") {
  // (0, 1) comes twice, columns stand the wrong way round, rows 0 and 3 of 4 are empty.
  const Tensor values = tensor({2, 3, 5, 7}, float64).requires_grad_();
  const SparseCsr a(tensor({0, 0, 3, 4, 4}, int64), tensor({1, 0, 1, 2}, int64), values, {4, 3});
  const Tensor x = tensor({{10}, {20}, {30}}, float64).requires_grad_();
  const Tensor y = matmul(a, x);
  CHECK(same_bits(y, tensor({{0}, {2 * 20 + 3 * 10 + 5 * 20}, {7 * 30}, {0}}, float64)));
  sum(y).backward();
  CHECK(same_bits(values.grad(), tensor({20, 10, 20, 30}, float64)));
  CHECK(same_bits(x.grad(), tensor({{3}, {7}, {7}}, float64)));
}

TEST_CASE("elements that are 0 are left out of a sparse matrix, and get no gradient") {
  const Tensor x = tensor({{1, 0}, {0, NAN}}, float64).requires_grad_();
  const SparseCsr a = to_sparse_csr(x);
  CHECK(a.nnz() == 2);
  sum(matmul(a, ones({2, 1}, float64))).backward();
  CHECK(same_bits(x.grad(), tensor({{1, 0}, {0, 1}}, float64)));
}

TEST_CASE("the bits of products do not depend on the number of threads") {
  manual_seed(3);
  // Most elements are in one row and one column.
  const Tensor few = randint(0, 3000, {200000}), rows = few * to(lt(few, 1500), int64);
  const Tensor columns = randint(0, 3000, {200000});
  for (const Dtype dtype : {float32, float64}) {
    const SparseCsr a =
        to_sparse_csr(SparseCoo(stack({rows, columns}), randn({200000}, dtype), {3000, 3000}));
    for (const std::int64_t width : {1, 5, 24}) {
      const Tensor x = randn({3000, width}, dtype);
      const auto all_of = [&] {
        const Tensor values = a.values().detach().requires_grad_(),
                     right = x.detach().requires_grad_();
        const Tensor y = matmul(a.with_values(values), right);
        sum(square(y)).backward();
        return Tensors{y.detach(), values.grad(), right.grad()};
      };
      const int before = get_num_threads();
      set_num_threads(1);
      const Tensors one = all_of();
      for (const int threads : {2, 3, 7}) {
        set_num_threads(threads);
        const Tensors several = all_of();
        for (std::size_t i = 0; i < one.size(); ++i) CHECK(same_bits(one[i], several[i]));
      }
      set_num_threads(before);
    }
  }
}

TEST_CASE("a long row adds up as well as sum") {
  constexpr std::int64_t n = 1'000'000;
  // 64 roundings of a block, which are alike in all blocks; one after another it is off by
  // hundreds.
  constexpr double allowed = 1e5 * 64 / (1 << 24);
  const SparseCsr row(tensor({0, n}, int64), arange(n), full({n}, 0.1), {1, n});
  for (const std::int64_t width : {1, 3, 16}) {
    CAPTURE(width);
    const Tensor y = matmul(row, ones({n, width}));
    CHECK(largest(y - 1e5) < allowed);
  }
  const SparseCsr one(tensor({0, 1}, int64), tensor({0}, int64), ones({1}), {1, 1});
  const Tensor left = full({1, n}, 0.1), right = ones({n, 1});
  CHECK(std::abs(sampled_matmul(one, left, right).values().item() - 1e5) < allowed);
}

TEST_CASE("matrices that are shared by threads, of which each needs what is made at first use") {
  manual_seed(4);
  const SparseCsr a = random_csr(300, 200, 2000);
  const SparseCoo b = random_coo(300, 200, 2000);
  const Tensor x = randn({300, 3}, float64);
  std::vector<Tensor> found(4), others(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < found.size(); ++i) {
    threads.emplace_back([&, i] {
      found[i] = matmul(a, x, {.transposed = true});
      others[i] = matmul(b, x, {.transposed = true});
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 1; i < found.size(); ++i) {
    CHECK(same_bits(found[0], found[i]));
    CHECK(same_bits(others[0], others[i]));
  }
}

TEST_CASE("indices that somebody wrote to are refused, those that were given are copied") {
  const Tensor pointers = tensor({0, 1, 2}, int64), columns = tensor({0, 1}, int64);
  const SparseCsr a(pointers, columns, ones({2}), {2, 2});
  columns(0) = 5;
  CHECK(same_bits(matmul(a, ones({2})), ones({2})));
  Tensor own = a.col_indices();
  own(0) = 5;
  CHECK(error_of([&] {
          matmul(a, ones({2}));
        }).find("matmul: the indices of the sparse matrix were written to since it was made") == 0);
  const SparseCoo b(tensor({{0, 1}, {0, 1}}, int64), ones({2}), {2, 2});
  b.indices()(0, 0) = 7;
  CHECK(error_of([&] { coalesce(b); }).find("coalesce: the indices of the sparse matrix") == 0);
}

TEST_CASE("a recorded product runs again on other places") {
  const auto f = [](const Tensors& in) {
    const SparseCsr a(in[0], in[1], in[2], {3, 4});
    return Tensors{matmul(a, in[3]), matmul(a, in[4], {.transposed = true})};
  };
  const Tensor x = randn({4, 2}, float64), z = randn({3, 2}, float64);
  const Tensors first{tensor({0, 1, 1, 3}, int64), tensor({3, 0, 1}, int64), randn({3}, float64), x,
                      z};
  const Tensors second{tensor({0, 2, 3, 3}, int64), tensor({2, 2, 0}, int64), randn({3}, float64),
                       x, z};
  const Recording recording = record_operations(f, first);
  const Tensors again = recording.run(second), fresh = f(second);
  for (std::size_t i = 0; i < fresh.size(); ++i) CHECK(same_bits(again[i], fresh[i]));
  const Tensors bad{first[0], tensor({3, 9, 1}, int64), first[2], x, z};
  CHECK(error_of([&] { recording.run(bad); }).find("SparseCsr: column 9 of element 1 is out of") ==
        0);
}

TEST_CASE("the dtypes of matrix and dense factor promote") {
  const SparseCsr a(tensor({0, 1}, int64), tensor({0}, int64), ones({1}), {1, 1});
  CHECK(matmul(a, ones({1}, float64)).dtype() == float64);
  CHECK(matmul(a, ones({1})).dtype() == float32);
  CHECK(a.size(-1) == 1);
  CHECK(a.dtype() == float32);
}

TEST_CASE("what is made of other operations has its own name in errors") {
  // Rows of which one more is beyond what bytes can count.
  const std::int64_t rows = std::numeric_limits<std::int64_t>::max() / 8;
  const SparseCoo a(zeros({2, 1}, int64), ones({1}), {rows, 1});
  const SparseCsr flat(zeros({2}, int64), zeros({0}, int64), ones({0}), {1, rows});
  CHECK(error_of([&] { to_sparse_csr(a); }).starts_with("to_sparse_csr: "));
  CHECK(error_of([&] { matmul(a, ones({1})); }).starts_with("matmul: "));
  CHECK(error_of([&] { transpose(flat); }).starts_with("transpose: "));
  CHECK(error_of([&] { matmul(ones({1}), flat); }).starts_with("matmul: "));
}

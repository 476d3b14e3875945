// Row-sparse gradients: what they hold, how they add up, and who takes or refuses them.

#include <cinta/autograd/tape/node.hpp>
#include <cinta/cinta.hpp>
#include <cstring>
#include <sstream>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;
using Ids = std::vector<std::int64_t>;
using Values = std::vector<float>;

Tensor ids_of(const Ids& ids) { return from_data(ids, {std::int64_t(ids.size())}); }

Tensor column(const Values& values) { return from_data(values, {std::int64_t(values.size()), 1}); }

Tensor table_of(std::int64_t rows, std::int64_t width) {
  Tensor weight = to(reshape(arange(rows * width), {rows, width}), float32);
  return weight.requires_grad_();
}

Tensor sparse_lookup(const Tensor& weight, const Ids& ids) {
  return embedding(weight, ids_of(ids), {.sparse = true});
}

}  // namespace

TEST_CASE("a sparse lookup's gradient holds the rows that it read") {
  const Tensor weight = table_of(1000, 2);
  const Tensor y = sparse_lookup(weight, {7, 3, 7});
  sum(y * tensor({{1, 2}, {3, 4}, {5, 6}})).backward();
  const Tensor g = weight.grad();
  REQUIRE(g.is_row_sparse());
  CHECK(g.spec() == weight.spec());
  CHECK(row_ids(g).to_vector<std::int64_t>() == Ids{7, 3, 7});
  CHECK(row_values(g).to_vector<float>() == Values{1, 2, 3, 4, 5, 6});
  const Tensor c = coalesce(g);
  CHECK(row_ids(c).to_vector<std::int64_t>() == Ids{3, 7});
  CHECK(row_values(c).to_vector<float>() == Values{3, 4, 6, 8});
  CHECK(coalesce(c).impl() == c.impl());
  const Tensor dense = to_dense(g);
  CHECK_FALSE(dense.is_row_sparse());
  CHECK(to_dense(dense).impl() == dense.impl());
  CHECK(sum(dense).item() == 21);
  CHECK(slice(dense, 0, 7, 8).to_vector<float>() == Values{6, 8});
}

TEST_CASE("a padding row is left out of a row-sparse gradient") {
  const Tensor weight = table_of(5, 1);
  embedding(weight, ids_of({2, 4, 2, 0}), {.padding_idx = 2, .sparse = true})
      .backward(column({1, 2, 3, 4}));
  CHECK(row_ids(weight.grad()).to_vector<std::int64_t>() == Ids{4, 0});
  CHECK(row_values(weight.grad()).to_vector<float>() == Values{2, 4});
}

TEST_CASE("dense and row-sparse gradients add up in any combination") {
  const Ids first = {1, 4, 1}, second = {0, 4};
  const auto run = [&](bool sparse_first, bool sparse_second, bool apart) {
    const Tensor weight = table_of(5, 2);
    const Tensor a = embedding(weight, ids_of(first), {.sparse = sparse_first}),
                 b = embedding(weight, ids_of(second), {.sparse = sparse_second});
    if (apart) {  // in the leaf rather than on the way to it
      sum(a * a).backward();
      sum(b * b * b).backward();
    } else {
      (sum(a * a) + sum(b * b * b)).backward();
    }
    CHECK(weight.grad().is_row_sparse() == (sparse_first && sparse_second));
    return to_dense(weight.grad()).to_vector<float>();
  };
  for (const bool apart : {false, true}) {
    const Values dense = run(false, false, apart);
    CHECK(run(true, true, apart) == dense);
    CHECK(run(true, false, apart) == dense);
    CHECK(run(false, true, apart) == dense);
  }
}

TEST_CASE("the sum of a row has the same bits for any number of threads") {
  manual_seed(3);
  const Tensor ids = randint(0, 300, {20000}), rows = randn({20000, 16});
  const Tensor g = row_sparse({500, 16}, ids, rows);
  std::vector<double> exact(500 * 16, 0.0);
  for (std::int64_t i = 0; i < ids.numel(); ++i)
    for (std::int64_t k = 0; k < 16; ++k)
      exact[std::size_t(ids.data<std::int64_t>()[i] * 16 + k)] += rows.data<float>()[i * 16 + k];
  if (omp_set_num_threads) omp_set_num_threads(1);
  const Values expected = to_dense(g).to_vector<float>();
  for (std::size_t i = 0; i < exact.size(); ++i)
    REQUIRE(std::abs(expected[i] - exact[i]) <= 1e-5);  // sums of some 66 terms of size 1
  for (const int threads : {1, 2, 3}) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    CHECK(to_dense(coalesce(g)).to_vector<float>() == expected);
    CHECK(to_dense(g).to_vector<float>() == expected);
  }
  if (omp_set_num_threads) omp_set_num_threads(2);
}

TEST_CASE("ids of any size are sorted, and only where they are not") {
  const Ids ids = {5'000'000'000, 3, 70'000, 3, 5'000'000'000, 0};
  const Tensor rows = column({1, 2, 3, 4, 5, 6});
  const Tensor c = coalesce(row_sparse({6'000'000'000, 1}, ids_of(ids), rows));
  CHECK(row_ids(c).to_vector<std::int64_t>() == Ids{0, 3, 70'000, 5'000'000'000});
  CHECK(row_values(c).to_vector<float>() == Values{6, 6, 3, 6});
  const Tensor grows = row_sparse({4, 1}, ids_of({0, 2}), column({1, 2}));
  CHECK(row_values(coalesce(grows)).impl() == row_values(grows).impl());
}

TEST_CASE("a gradient stays dense where a graph of it is recorded or the table is no leaf") {
  const Tensor weight = table_of(4, 2);
  const Tensor y = sparse_lookup(weight, {1, 1});
  const Tensor first = grad({sum(y * y * y)}, {weight}, {.create_graph = true})[0];
  CHECK_FALSE(first.is_row_sparse());
  const Tensor second = grad({sum(first)}, {weight})[0];
  CHECK(to_dense(second).to_vector<float>() == Values{0, 0, 24, 36, 0, 0, 0, 0});
  CHECK(grad({sum(sparse_lookup(weight, {1, 2}))}, {weight})[0].is_row_sparse());

  weight.set_grad({});
  sum(sparse_lookup(weight * 2, {3})).backward();
  CHECK(weight.grad().to_vector<float>() == Values{0, 0, 0, 0, 0, 0, 2, 2});
}

TEST_CASE("a leaf's gradient shares rows with nothing that a user may change") {
  const Tensor weight = table_of(4, 1), dy = ones({2, 1}), ids = ids_of({1, 2});
  embedding(weight, ids, {.sparse = true}).backward(dy);
  fill_(dy, 7);
  fill_(ids, 0);
  CHECK(to_dense(weight.grad()).to_vector<float>() == Values{0, 1, 1, 0});
}

TEST_CASE("a hook sees the row-sparse gradient of a leaf and may return another") {
  const Tensor weight = table_of(4, 1);
  weight.register_hook([](const Tensor& g) {
    CHECK(g.is_row_sparse());
    return row_sparse(g.shape(), row_ids(g), row_values(g) * 2);
  });
  sum(sparse_lookup(weight, {1, 3})).backward();
  CHECK(weight.grad().is_row_sparse());
  CHECK(to_dense(weight.grad()).to_vector<float>() == Values{0, 2, 0, 2});
}

TEST_CASE("DetectNan looks at the rows of a row-sparse gradient") {
  const Tensor weight = table_of(1000, 1);
  const DetectNan detect;
  CHECK_NOTHROW(sum(sparse_lookup(weight, {1, 3})).backward());
  CHECK(weight.grad().is_row_sparse());
}

TEST_CASE("no ids, and rows without width") {
  const Tensor weight = table_of(3, 2);
  sparse_lookup(weight, {}).backward(ones({0, 2}));
  CHECK(weight.grad().is_row_sparse());
  CHECK(row_ids(coalesce(weight.grad())).numel() == 0);
  CHECK(sum(to_dense(weight.grad())).item() == 0);
  const Tensor thin = row_sparse({3, 0}, ids_of({1, 1}), zeros({2, 0}));
  CHECK(row_values(coalesce(thin)).shape() == Shape{1, 0});
  CHECK(to_dense(thin).shape() == Shape{3, 0});
}

TEST_CASE("set_grad takes a row-sparse gradient, printing shows it") {
  const Tensor weight = table_of(4, 2);
  weight.set_grad(row_sparse({4, 2}, ids_of({2}), tensor({{1, 2}})));
  std::ostringstream text;
  text << weight.grad();
  CHECK(text.str() ==
        "row-sparse float32 (4, 2)\nids: [2]  int64 (1,)\nrows: [[1, 2]]  float32 (1, 2)");
  CHECK_THAT(error_of([&] {
               weight.set_grad(row_sparse({5, 2}, ids_of({2}), tensor({{1, 2}})));
             }),
             StartsWith("set_grad: the gradient is float32 (5, 2), the tensor float32 (4, 2)"));
}

TEST_CASE("operations on a row-sparse tensor refuse and say what to do") {
  const Tensor g = row_sparse({10, 2}, ids_of({2}), tensor({{1, 2}}));
  const std::string rest =
      ": input 0 is a row-sparse float32 (10, 2); operations take it as "
      "to_dense(t) [row_sparse_test.cpp:";
  CHECK_THAT(error_of([&] { sum(g); }), StartsWith("sum" + rest));
  CHECK_THAT(error_of([&] { exp(g); }), StartsWith("exp" + rest));
  CHECK_THAT(error_of([&] { g * 2; }), StartsWith("mul" + rest));
  CHECK_THAT(error_of([&] { transpose(g); }), StartsWith("transpose" + rest));
  CHECK_THAT(error_of([&] { reshape(g, {20}); }), StartsWith("reshape" + rest));
  CHECK_THAT(error_of([&] { clone(g); }), StartsWith("clone" + rest));
  const std::string none = "a row-sparse tensor has no elements in memory; use to_dense(t)";
  CHECK_THAT(error_of([&] { g.to_vector<float>(); }), StartsWith("clone" + rest.substr(0, 30)));
  CHECK_THAT(error_of([&] { g.data<float>(); }), StartsWith(none));
  CHECK_THAT(error_of([&] {
               copy_(ones({10, 2}), g);
             }),
             StartsWith("copy_: input 1 is a row-sparse float32 (10, 2); operations take it as"));
  CHECK_THAT(error_of([&] { row_ids(ones({2})); }),
             StartsWith("row_ids: float32 (2,) is not row-sparse"));
}

TEST_CASE("row_sparse checks what it is given") {
  const Tensor row = tensor({{1, 2}});
  CHECK_THAT(error_of([&] {
               row_sparse({10, 2}, ids_of({10}), row);
             }),
             StartsWith("row_sparse: index 10 at position (0,) is out of range for a table of 10 "
                        "rows [row_sparse_test.cpp:"));
  CHECK_THAT(
      error_of([&] {
        row_sparse({10, 3}, ids_of({1}), row);
      }),
      StartsWith("row_sparse: ids of (1,) and rows of (1, 2) do not fit a table of (10, 3)"));
  CHECK_THAT(error_of([&] {
               row_sparse({10, 2}, ones({1}), row);
             }),
             StartsWith("row_sparse: needs int64 ids and floating rows, got float32 and float32"));
  CHECK_THAT(error_of([&] {
               row_sparse({10, 2}, Tensor(), row);
             }),
             StartsWith("row_sparse: ids or rows are an undefined tensor"));
}

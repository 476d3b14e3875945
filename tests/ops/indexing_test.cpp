// Lookups: what the op table does not see, such as padding, the order of additions, and threads.

#include <cinta/autograd/tape/node.hpp>
#include <cinta/cinta.hpp>
#include <cstring>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.spec() == b.spec() && std::memcmp(Array(a).memory, Array(b).memory,
                                             std::size_t(a.numel()) * size_of(a.dtype())) == 0;
}

Tensor ids_of(const std::vector<std::int64_t>& ids) {
  return from_data(ids, {std::int64_t(ids.size())});
}

// Plain index_add in double: row after row.
Tensor added_in_order(const Shape& shape, const Tensor& ids, const Tensor& x) {
  Tensor y = zeros(shape, float64);
  const std::int64_t width = shape[1];
  for (std::int64_t i = 0; i < ids.numel(); ++i)
    for (std::int64_t k = 0; k < width; ++k)
      y.data<double>()[ids.data<std::int64_t>()[i] * width + k] += x.data<float>()[i * width + k];
  return y;
}

}  // namespace

TEST_CASE("gradients of repeated ids add up to the same bits for any number of threads") {
  struct Case {
    std::int64_t rows, width, count;
  };
  // Few and many ids, narrow and wide rows: each takes another way through the kernel.
  for (const Case c : {Case{5, 3, 20},
                       {50, 64, 5000},
                       {7, 1000, 300},
                       {100000, 4, 40000},
                       {1, 1, 200000},
                       {3, 300, 1000}}) {
    manual_seed(1);
    const Tensor ids = randint(0, c.rows, {c.count}), dy = randn({c.count, c.width});
    const Tensor expected = added_in_order({c.rows, c.width}, ids, dy);
    Tensor first;
    for (const int threads : {1, 2, 3}) {
      if (omp_set_num_threads) omp_set_num_threads(threads);
      CAPTURE(c.rows, c.width, c.count, threads);
      Tensor weight = rand({c.rows, c.width});
      weight.requires_grad_();
      const Tensor y = embedding(weight, ids);
      CHECK(same_bits(y.detach(), index_select(weight.detach(), 0, ids)));
      y.backward(dy);
      CHECK(max(abs(weight.grad() - expected)).item() < 1e-6 * double(c.count));
      if (!first.defined()) first = weight.grad();
      CHECK(same_bits(weight.grad(), first));
    }
  }
  if (omp_set_num_threads) omp_set_num_threads(2);
}

TEST_CASE("the padding row counts as zeros and gets no gradient") {
  Tensor weight = tensor({{1, 2}, {3, 4}, {5, 6}});
  weight.requires_grad_();
  const Tensor y = embedding(weight, ids_of({1, 0, 1, 2}), {.padding_idx = 1});
  CHECK(y.to_vector<float>() == std::vector<float>{0, 0, 1, 2, 0, 0, 5, 6});
  const Tensor loss = sum(y * y * y);
  const Tensor first = grad({loss}, {weight}, {.create_graph = true})[0];
  CHECK(first.to_vector<float>() == std::vector<float>{3, 12, 0, 0, 75, 108});
  const Tensor second = grad({sum(first)}, {weight})[0];
  CHECK(second.to_vector<float>() == std::vector<float>{6, 12, 0, 0, 30, 36});
}

TEST_CASE("a padding row keeps NaN away from the table") {
  Tensor weight = ones({2, 1});
  weight.requires_grad_();
  const Tensor y = embedding(weight, ids_of({0, 1}), {.padding_idx = 0});
  y.backward(full({2, 1}, std::numeric_limits<double>::quiet_NaN()));
  CHECK(weight.grad().data<float>()[0] == 0);
}

TEST_CASE("an embedding saves its ids and not its table") {
  Tensor weight = rand({4, 2});
  weight.requires_grad_();
  const Tensor ids = ids_of({1, 2}), y = embedding(weight, ids);
  CHECK_THROWS_AS(y.node()->saved(0), GraphError);
  uniform_(weight.detach(), 0, 1);  // an optimizer's step does not disturb it
  CHECK_NOTHROW(y.backward(ones({2, 2})));
  const Tensor z = embedding(weight, ids);
  fill_(ids, 0);
  CHECK_THROWS_AS(z.backward(ones({2, 2})), GraphError);
}

TEST_CASE("index_select takes any axis, also from behind, of any dtype") {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  CHECK(index_select(x, -1, ids_of({3, 0})).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{3, 0, 7, 4, 11, 8, 15, 12, 19, 16, 23, 20});
  CHECK(index_select(x, 0, ids_of({1})).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23});
  const Tensor flags = from_data(std::vector<bool>{true, false}, {2});
  CHECK(index_select(flags, 0, ids_of({1, 0, 0})).to_vector<bool>() ==
        std::vector<bool>{false, true, true});
}

TEST_CASE("gather takes any axis") {
  const Tensor x = reshape(arange(12), {3, 4});
  const Tensor ids = from_data(std::vector<std::int64_t>{2, 0, 1, 0}, {1, 4});
  CHECK(gather(x, 0, ids).to_vector<std::int64_t>() == std::vector<std::int64_t>{8, 1, 6, 3});
  CHECK(gather(x, -1, transpose(slice(ids, 1, 0, 3))).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{2, 4, 9});
  Tensor y = rand({3, 4});
  y.requires_grad_();
  gather(y, 0, ids).backward(ones({1, 4}));
  CHECK(y.grad().to_vector<float>() == std::vector<float>{0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0});
}

TEST_CASE("one_hot takes any dtype") {
  for (const Dtype dtype : {boolean, int64, float32, float64}) {
    const Tensor y = one_hot(ids_of({2, 0}), 3, dtype);
    CHECK(y.dtype() == dtype);
    CHECK(to(y, float64).to_vector<double>() == std::vector<double>{0, 0, 1, 1, 0, 0});
  }
}

TEST_CASE("an error inside a module names the id, the module and the line") {
  struct Model : nn::Module {
    nn::Embedding table = add("table", nn::Embedding(10, 2));
  } model;
  const Tensor ids = from_data(std::vector<std::int64_t>{0, 1, 2, 12, 4, 5, 6, 7}, {2, 4});
  CHECK_THAT(
      error_of([&] { model.table(ids); }),
      StartsWith("embedding: index 12 at position (0, 3) is out of range for a table of 10 rows "
                 "[table, indexing_test.cpp:"));
  CHECK_THROWS_AS(model.table(ids), IndexError);
}

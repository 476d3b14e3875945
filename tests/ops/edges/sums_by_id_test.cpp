// Sums of rows by ids are as good as sum(), however many rows one id gets.

#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"

// Absent where the library is built without OpenMP.
extern "C" [[gnu::weak]] void omp_set_num_threads(int);

namespace {

using namespace cinta;

struct Case {
  std::int64_t rows, width, count, repeated;  // so many ids are the same
};

// Each takes another way through the kernel: few ids in a large table, few elements, narrow rows,
// wide rows of which threads have columns, tables of which they have parts, with few and with many
// in one.
const Case all_cases[] = {
    {100000, 3, 4000, 3000}, {3, 2, 5000, 4000},       {40, 1, 300000, 200000},
    {900, 16, 60000, 40000}, {3, 300, 20000, 15000},   {50, 64, 33, 33},
    {70001, 21, 80000, 200}, {70001, 7, 80000, 70000}, {300000, 16, 50000, 30000}};

Tensor ids_of(const Case& c) {
  Tensor ids = randint(0, c.rows, {c.count});
  fill_(slice(ids, 0, 0, c.repeated), c.rows / 2);
  return index_select(ids, 0, randperm(c.count));
}

// Terms that all have one sign: where rounding errors would, too.
Tensor terms_of(const Case& c, Dtype dtype) { return to(rand({c.count, c.width}) + 0.1f, dtype); }

// Largest error relative to the sum, in units of the dtype.
double worst(const Tensor& got, const Tensor& ids, const Tensor& terms) {
  const std::int64_t rows = got.shape()[0], width = got.shape()[1];
  std::vector<long double> sums(std::size_t(rows * width), 0);
  const auto id = ids.to_vector<std::int64_t>();
  const auto term = to(terms, float64).to_vector<double>();
  for (std::size_t i = 0; i < id.size(); ++i)
    for (std::int64_t k = 0; k < width; ++k)
      sums[std::size_t(id[i] * width + k)] += term[i * std::size_t(width) + std::size_t(k)];
  const double epsilon = got.dtype() == float32 ? 0x1p-23 : 0x1p-52;
  const auto values = to(got, float64).to_vector<double>();
  double error = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] != 0)
      error = std::max(error, double(std::fabs((values[i] - sums[i]) / sums[i])) / epsilon);
    else if (values[i] != 0)
      return INFINITY;
  }
  return error;
}

// Whether index_add is exact for terms that are small whole numbers, on any threads.
template <class T>
bool adds_exactly(const Case& c) {
  const Tensor ids = ids_of(c), terms = to(randint(1, 9, {c.count, c.width}), dtype_of<T>);
  const auto id = ids.to_vector<std::int64_t>();
  const auto term = terms.to_vector<T>();
  const std::int64_t padding = id[1];
  std::vector<T> expected(std::size_t(c.rows * c.width), 0);
  for (std::size_t i = 0; i < id.size(); ++i)
    for (std::int64_t k = 0; k < c.width; ++k)
      if (id[i] != padding)
        expected[std::size_t(id[i] * c.width + k)] +=
            term[i * std::size_t(c.width) + std::size_t(k)];
  for (const int threads : {1, 2, 3}) {
    if (omp_set_num_threads) omp_set_num_threads(threads);
    if (index_add({c.rows, c.width}, ids, terms, {padding}).to_vector<T>() != expected)
      return false;
  }
  if (omp_set_num_threads) omp_set_num_threads(2);
  return true;
}

constexpr double few_units = 16;  // of the 64 roundings of a block, which do not all go one way

}  // namespace

TEST_CASE(
    "index_add and gradients of lookups do not drift, and have the same bits on any threads") {
  for (const Case& c : all_cases) {
    for (const Dtype dtype : {float32, float64}) {
      CAPTURE(c.rows, c.width, c.count, name_of(dtype));
      manual_seed(1);
      const Tensor ids = ids_of(c), terms = terms_of(c, dtype);
      std::vector<double> bits;
      for (const int threads : {1, 2, 3}) {
        if (omp_set_num_threads) omp_set_num_threads(threads);
        const Tensor sums = index_add({c.rows, c.width}, ids, terms);
        CHECK(worst(sums, ids, terms) < few_units);
        const auto values = to(sums, float64).to_vector<double>();
        CHECK((bits.empty() || bits == values));
        bits = values;
      }
      if (omp_set_num_threads) omp_set_num_threads(2);
      Tensor weight = zeros({c.rows, c.width}, dtype).requires_grad_();
      embedding(weight, ids).backward(terms);
      CHECK((to(weight.grad(), float64).to_vector<double>() == bits));
    }
  }
}

// Parts of such tables are written past the caches while the next ones are made: rows of one, two
// and four lines and of no whole ones, parts with few ids, many, none and, at the end, one row.
TEST_CASE("sums by id that no cache holds") {
  manual_seed(8);
  for (const Case& c : {Case{262145, 16, 200000, 100},
                        {140000, 32, 30000, 3000},
                        {70000, 64, 20000, 10000},
                        {210001, 21, 100000, 1000},
                        {300000, 16, 50000, 49998},
                        {4300, 1000, 3000, 2500},
                        {800000, 6, 900000, 300}}) {
    CAPTURE(c.rows, c.width, c.count);
    CHECK(adds_exactly<float>(c));
    const Case half{c.rows / 2 + 1, c.width, c.count / 2, c.repeated / 2};
    CHECK(adds_exactly<double>(half));
  }
}

TEST_CASE("sums of sorted ids, of which threads have neighbours") {
  for (const Case& c : all_cases) {
    for (const Dtype dtype : {float32, float64}) {
      CAPTURE(c.rows, c.width, c.count, name_of(dtype));
      manual_seed(6);
      const Tensor ids = sort(ids_of(c), 0).values, terms = terms_of(c, dtype);
      std::vector<double> bits;
      for (const int threads : {1, 2, 3}) {
        if (omp_set_num_threads) omp_set_num_threads(threads);
        const Tensor sums = segment_sum(terms, ids, c.rows);
        CHECK(worst(sums, ids, terms) < few_units);
        const auto values = to(sums, float64).to_vector<double>();
        CHECK((bits.empty() || bits == values));
        bits = values;
      }
      if (omp_set_num_threads) omp_set_num_threads(2);
      const std::int64_t padding = c.rows / 2;
      const Tensor used = to(ne(ids, padding), dtype);
      CHECK(worst(index_add({c.rows, c.width}, ids, terms, {padding}), ids,
                  terms * reshape(used, {c.count, 1})) < few_units);
    }
  }
}

TEST_CASE("index_add leaves out a padding row and adds to what is there") {
  for (const Case& c : all_cases) {
    CAPTURE(c.rows, c.width, c.count);
    manual_seed(2);
    const Tensor ids = ids_of(c), terms = terms_of(c, float32);
    const std::int64_t padding = c.rows / 2;
    const Tensor kept = index_add({c.rows, c.width}, ids, terms, {padding});
    const Tensor used = to(ne(ids, padding), float32);
    CHECK(worst(kept, ids, terms * reshape(used, {c.count, 1})) < few_units);
    CHECK(max(abs(select(kept, 0, padding))).item() == 0);
    Tensor table = ones({c.rows, c.width});
    index_put_(table, {ids}, terms, true);
    const Tensor all = arange(c.rows);
    CHECK(worst(table, cat({all, ids}), cat({ones({c.rows, c.width}), terms})) < few_units);
  }
}

TEST_CASE("writes that add to a part of a tensor") {
  manual_seed(3);
  const Case c{7, 3, 50000, 40000};
  const Tensor ids = ids_of(c), terms = terms_of(c, float32);
  const Tensor whole = zeros({3, 7}), part = transpose(whole);
  index_put_(part, {ids}, terms, true);
  CHECK(worst(contiguous(part), ids, terms) < few_units);
}

TEST_CASE("bags of any length") {
  for (const std::int64_t count : {31, 32, 33, 64, 100000}) {
    for (const std::int64_t width : {1, 5, 255, 256, 257}) {
      if (count * width > 2000000) continue;
      CAPTURE(count, width);
      manual_seed(4);
      const Tensor table = rand({10, width}) + 0.1f, ids = randint(0, 10, {1, count});
      const Tensor flat = reshape(ids, {-1}), zero = zeros({count}, int64);
      const Tensor rows = index_select(table, 0, flat);
      CHECK(worst(embedding_bag(table, ids, {}, {.mode = BagMode::sum}), zero, rows) < few_units);
      CHECK(worst(embedding_bag(table, ids) * double(count), zero, rows) < few_units);
      const Tensor weights = rand({1, count});
      CHECK(worst(embedding_bag(table, ids, {},
                                {.mode = BagMode::sum, .per_sample_weights = weights}),
                  zero, rows * reshape(weights, {count, 1})) < few_units);
      CHECK(worst(embedding_bag(table, ids, {}, {.mode = BagMode::sum, .padding_idx = 3}), zero,
                  rows * reshape(to(ne(flat, 3), float32), {count, 1})) < few_units);
    }
  }
}

TEST_CASE("row-sparse gradients, coalesced, made dense and stepped on") {
  for (const Case& c : all_cases) {
    CAPTURE(c.rows, c.width, c.count);
    manual_seed(5);
    const Tensor ids = ids_of(c), terms = terms_of(c, float32);
    const Tensor gradient = row_sparse({c.rows, c.width}, ids, terms);
    CHECK(worst(to_dense(gradient), ids, terms) < few_units);
    CHECK(worst(to_dense(coalesce(gradient)), ids, terms) < few_units);
    Tensor weight = zeros({c.rows, c.width}).requires_grad_();
    weight.set_grad(gradient);
    optim::SGD({weight}, {.lr = 1}).step();
    CHECK(worst(-weight.detach(), ids, terms) < few_units);
  }
}

TEST_CASE("elements that a view repeats") {
  Tensor x = tensor({0.1f, 0.1f}).requires_grad_();
  const std::int64_t n = 300000;
  const Tensor y = as_strided(x * 1.0, {n, 2}, {0, 1});
  const Tensor dy = full({n, 2}, 0.1f);
  y.backward(dy);
  CHECK(worst(reshape(x.grad(), {1, 2}), zeros({n}, int64), dy) < 64);  // as sum() over rows
}

TEST_CASE("infinite and NaN rows stay what their sum is") {
  const Tensor ids = zeros({100}, int64);
  Tensor terms = ones({100, 3});
  fill_(select(select(terms, 1, 0), 0, 40), INFINITY);
  fill_(select(select(terms, 1, 1), 0, 40), NAN);
  for (const Tensor& sums :
       {index_add({1, 3}, ids, terms), index_add({90000, 3}, ids, terms),
        embedding_bag(terms, reshape(arange(100), {1, 100}), {}, {.mode = BagMode::sum})}) {
    const auto row = select(sums, 0, 0).to_vector<float>();
    CHECK(row[0] == INFINITY);
    CHECK(std::isnan(row[1]));
    CHECK(row[2] == 100);
  }
}

TEST_CASE("a product of 0 and what is not finite is NaN by ids, too, in any order") {
  const Tensor x = tensor({NAN, 0, 0, INFINITY, -INFINITY, 2, -3, 0}).requires_grad_();
  const Tensor ids = from_data(std::vector<std::int64_t>{0, 0, 1, 1, 2, 2, 3, 3}, {8});
  for (const Tensor& y :
       {segment_prod(x, ids, 5), scatter_reduce(ones({5}), 0, ids, x, Combine::prod)}) {
    const auto products = y.detach().to_vector<float>();
    CHECK(std::isnan(products[0]));
    CHECK(std::isnan(products[1]));
    CHECK(products[2] == -INFINITY);
    CHECK(products[3] == 0);
    CHECK(products[4] == 1);
    const auto dx = grad({sum(slice(y, 0, 3))}, {x})[0].to_vector<float>();
    CHECK(std::vector(dx.begin() + 6, dx.end()) == std::vector<float>{0, -3});
  }
}

TEST_CASE("a product of 0 has the sign that its factors give it, and their gradients") {
  for (const Dtype dtype : {float32, float64}) {
    const double least = dtype == float32 ? 1e-38 : 1e-300;
    const Tensor in = tensor({2, -0.0, -0.0, -3, -0.0, 0, -5, -1, -0.0, -2, -least, least}, dtype)
                          .requires_grad_();
    const Tensor ids = tensor({0, 0, 1, 1, 2, 3, 3, 4, 4, 4, 5, 5}, int64);
    for (const Tensor& y :
         {segment_prod(in, ids, 6), scatter_reduce(ones({6}, dtype), 0, ids, in, Combine::prod)}) {
      const auto products = to(y.detach(), float64).to_vector<double>();
      for (std::size_t i = 0; i < 6; ++i) {
        CAPTURE(i, products[i]);
        CHECK(std::signbit(products[i]) == (i != 1));
        CHECK(products[i] == 0);
      }
    }
    const auto dx = grad({sum(segment_prod(in, ids, 6))}, {in})[0];
    const auto slopes = to(slice(dx, 0, 0, 10), float64).to_vector<double>();
    const auto f = to(in.detach(), float64).to_vector<double>();
    const std::vector<double> wanted{0, f[0], f[3], 0, 1, f[6], 0, 0, f[7] * f[9], 0};
    CHECK(slopes == wanted);
  }
}

TEST_CASE("a product by id has its sign, of however many") {
  if (sanitized) SKIP_TEST("takes a gigabyte and seconds");
  const std::int64_t count = (std::int64_t{1} << 24) + 1;  // what float32 does not hold
  const Tensor x = cat({-ones({count}), zeros({1})}), ids = zeros({count + 1}, int64);
  CHECK(std::signbit(segment_prod(x, ids, 1).to_vector<float>()[0]));
}

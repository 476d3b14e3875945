// Sparse matrices: their places are constants of the row, values and dense matrices its inputs.

#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/ops/sparse/convert.hpp>
#include <cinta/ops/sparse/product.hpp>

#include "ops/op_table/op_table.hpp"

namespace {

using namespace op_table;

// Elements in rows and columns, as a reference sees them.
struct Places {
  Shape shape;
  std::vector<std::int64_t> rows, columns;  // by rows

  std::int64_t nnz() const { return std::int64_t(rows.size()); }
  SparseCsr csr(const Tensor& values, Site site = {}) const {
    const SiteScope scope(site);
    std::vector<std::int64_t> pointers(std::size_t(shape[0] + 1), 0);
    for (const std::int64_t row : rows) ++pointers[std::size_t(row + 1)];
    for (std::size_t i = 1; i < pointers.size(); ++i) pointers[i] += pointers[i - 1];
    return {integral(pointers), integral(columns), values, shape};
  }
  SparseCoo coo(const Tensor& values, Site site = {}) const {
    const SiteScope scope(site);
    std::vector<std::int64_t> both = rows;
    both.insert(both.end(), columns.begin(), columns.end());
    return {build({2, nnz()}, int64, [&](std::int64_t i) { return both[std::size_t(i)]; }), values,
            shape};
  }

 private:
  static Tensor integral(const std::vector<std::int64_t>& ids) {
    return build({std::int64_t(ids.size())}, int64,
                 [&](std::int64_t i) { return ids[std::size_t(i)]; });
  }
};

// The third row and column are empty, (0, 4) comes twice, and columns do not grow.
const Places some{{4, 5}, {0, 0, 0, 1, 3, 3}, {4, 0, 4, 1, 3, 0}};
const Places shuffled{{4, 5}, {3, 0, 3, 1, 0, 0}, {0, 4, 3, 1, 0, 4}};
const Places full{{2, 2}, {0, 0, 1, 1}, {0, 1, 0, 1}};

// A dense product of the places with x (..., n, k) or (n), or of those exchanged.
check::Function product_of(const Places& a, bool transposed) {
  return [=](const Tensors& in) {
    const auto &to = transposed ? a.columns : a.rows, &from = transposed ? a.rows : a.columns;
    const bool vector = in[1].rank() == 1;
    const int row_axis = vector ? 0 : in[1].rank() - 2;
    const std::int64_t k = vector ? 1 : in[1].size(-1), n = in[1].size(row_axis);
    Shape shape = in[1].shape();
    shape[row_axis] = a.shape[transposed ? 1 : 0];
    return build(shape, float64, [&](std::int64_t i) {
      const std::int64_t row = i / k % shape[row_axis], batch = i / k / shape[row_axis];
      double sum = 0;
      for (std::size_t e = 0; e < to.size(); ++e)
        if (to[e] == row)
          sum += at(in[0], std::int64_t(e)) * at(in[1], (batch * n + from[e]) * k + i % k);
      return sum;
    });
  };
}
check::Function by_csr(const Places& a, bool transposed = false) {
  return [=](const Tensors& in) { return matmul(a.csr(in[0]), in[1], {.transposed = transposed}); };
}
check::Function by_coo(const Places& a, bool transposed = false) {
  return [=](const Tensors& in) { return matmul(a.coo(in[0]), in[1], {.transposed = transposed}); };
}

check::Function dense_of(const Places& a) {
  return [=](const Tensors& in) {
    return build(a.shape, float64, [&](std::int64_t i) {
      double sum = 0;
      for (std::size_t e = 0; e < a.rows.size(); ++e)
        if (a.rows[e] * a.shape[1] + a.columns[e] == i) sum += at(in[0], std::int64_t(e));
      return sum;
    });
  };
}

// x (..., k, m) or (m) times the places.
Tensor from_left(const Tensors& in) {
  const std::int64_t m = some.shape[0], n = some.shape[1];
  Shape shape = in[1].shape();
  shape[shape.rank() - 1] = n;
  return build(shape, float64, [&](std::int64_t i) {
    double sum = 0;
    for (std::size_t e = 0; e < some.rows.size(); ++e)
      if (some.columns[e] == i % n)
        sum += at(in[0], std::int64_t(e)) * at(in[1], i / n * m + some.rows[e]);
    return sum;
  });
}

Tensor sample_of(const Tensors& in) {
  const std::int64_t k = in[0].size(1), n = in[1].size(1);
  return build({some.nnz()}, float64, [&](std::int64_t e) {
    double sum = 0;
    for (std::int64_t i = 0; i < k; ++i)
      sum += at(in[0], some.rows[std::size_t(e)] * k + i) *
             at(in[1], i * n + some.columns[std::size_t(e)]);
    return sum;
  });
}

const std::vector<check::Sample> right = {
    {reals({6}), reals({5, 3})},    {reals({6}), reals({5})},
    {reals({6}), reals({5, 1})},    {reals({6}), reals({5, 19})},
    {reals({6}), reals({2, 5, 2})}, {reals({6}), reals({2, 1, 5, 1})}};
const std::vector<check::Sample> right_transposed = {
    {reals({6}), reals({4, 3})}, {reals({6}), reals({4})}, {reals({6}), reals({2, 4, 2})}};

Tensor ids(std::vector<std::int64_t> values) {
  return build({std::int64_t(values.size())}, int64,
               [&](std::int64_t i) { return values[std::size_t(i)]; });
}
Tensor index_rows(std::vector<std::int64_t> values) {
  return build({2, std::int64_t(values.size()) / 2}, int64,
               [&](std::int64_t i) { return values[std::size_t(i)]; });
}

const Register here({
    {.name = "matmul, sparse",
     .function = by_csr(some),
     .reference = product_of(some, false),
     .samples = right,
     .errors =
         {{[] { return matmul(full.csr(ones({4})), ones({3})); },
           "matmul: sparse (2, 2) x (3,): inner sizes 2 and 3 differ"},
          {[] {
             return matmul(some.csr(ones({6})), ones({5, 2}), {.transposed = true});
           },
           "matmul: sparse (4, 5) transposed x (5, 2): inner sizes 4 and 5 differ"},
          {[] { return matmul(full.csr(ones({4})), ones({})); },
           "matmul: sparse (2, 2) x (): the dense one needs at least one axis"},
          {[] { return matmul(full.csr(ones({4})), ones({2}, int64)); },
           "matmul: needs floating dtypes, got float32 and int64"},
          {[] { return matmul(ones({3}), full.csr(ones({4}))); },
           "matmul: (3,) x sparse (2, 2): inner sizes 3 and 2 differ"},
          {[] {
             return SparseCsr(ids({0, 1}), ids({0}), ones({1}), {1, 1}).with_values(ones({2}));
           },
           "with_values: values of (2,) for 1 elements"},
          {[] {
             return SparseCsr(ids({0, 1}), ids({1}), ones({1}), {1, 1});
           },
           "SparseCsr: column 1 of element 0 is out of range for 1 columns"},
          {[] {
             return SparseCsr(ids({0, 2}), ids({0, -1}), ones({2}), {1, 3});
           },
           "SparseCsr: column -1 of element 1 is out of range for 3 columns"},
          {[] {
             return SparseCsr(ids({0, 2, 1, 2}), ids({0, 0}), ones({2}), {3, 1});
           },
           "SparseCsr: crow_indices[2] is 1, less than the 2 before it"},
          {[] {
             return SparseCsr(ids({1, 2}), ids({0, 0}), ones({2}), {1, 1});
           },
           "SparseCsr: crow_indices[0] is 1, it must be 0"},
          {[] {
             return SparseCsr(ids({0, 1}), ids({0, 0}), ones({2}), {1, 1});
           },
           "SparseCsr: crow_indices[1] is 1, it must be the number of elements, 2"},
          {[] {
             return SparseCsr(ids({0, 1}), ids({0}), ones({1}), {2, 1});
           },
           "SparseCsr: crow_indices of (2,) and col_indices of (1,) do not fit (2, 1): needs (3,) "
           "and (nnz,)"},
          {[] {
             return SparseCsr(ids({0, 1}), ids({0}), ones({2}), {1, 1});
           },
           "SparseCsr: values of (2,) for 1 elements"},
          {[] {
             return SparseCsr(ids({0, 1}), ids({0}), ones({1}), {1});
           },
           "SparseCsr: (1,) is no shape of a matrix"},
          {[] {
             return SparseCsr(ids({0, 1}), ids({0}), ones({1}), {1, -1});
           },
           "SparseCsr: (1, -1) is no shape of a matrix"},
          {[] {
             return SparseCsr(ids({0, 1}), ones({1}), ones({1}), {1, 1});
           },
           "SparseCsr: indices must be int64 and values floating, they are int64, float32 and "
           "float32"},
          {[] {
             return SparseCsr(ids({0, 1}), ids({0}), Tensor(), {1, 1});
           },
           "SparseCsr: input 2 is an undefined tensor"}}},
    {.name = "matmul, sparse, transposed",
     .function = by_csr(some, true),
     .reference = product_of(some, true),
     .samples = right_transposed},
    {.name = "matmul, sparse, of places in any order",
     .function = by_coo(shuffled),
     .reference = product_of(shuffled, false),
     .samples = right,
     .errors = {{[] {
                   return SparseCoo(index_rows({0, 1, 0, 2}), ones({2}), {2, 2});
                 },
                 "SparseCoo: column 2 of element 1 is out of range for 2 columns"},
                {[] {
                   return SparseCoo(index_rows({-1, 1, 0, 0}), ones({2}), {2, 2});
                 },
                 "SparseCoo: row -1 of element 0 is out of range for 2 rows"},
                {[] {
                   return SparseCoo(ids({0, 1}), ones({2}), {2, 2});
                 },
                 "SparseCoo: indices of (2,): needs (2, nnz)"},
                {[] {
                   return SparseCoo(index_rows({0, 0}), ones({1}, int64), {1, 1});
                 },
                 "SparseCoo: indices must be int64 and values floating, they are int64 and int64"},
                {[] {
                   return SparseCoo(index_rows({0, 0}), ones({2}), {1, 1});
                 },
                 "SparseCoo: values of (2,) for 1 elements"}}},
    {.name = "matmul, sparse, of places in any order, transposed",
     .function = by_coo(shuffled, true),
     .reference = product_of(shuffled, true),
     .samples = right_transposed},
    {.name = "matmul, sparse on the right",
     .function = [](const Tensors& in) { return matmul(in[1], some.csr(in[0])); },
     .reference = from_left,
     .samples = {{reals({6}), reals({3, 4})},
                 {reals({6}), reals({4})},
                 {reals({6}), reals({2, 3, 4})}}},
    {.name = "matmul, sparse, of all places",
     .function = by_csr(full),
     .reference = product_of(full, false),
     .samples = {{reals({4}), reals({2, 2})}}},
    // What is not there has no influence, so that a NaN beside it has none.
    {.name = "matmul, sparse, of one element",
     .function = by_csr({{3, 3}, {1}, {1}}),
     .reference = product_of({{3, 3}, {1}, {1}}, false),
     .samples = {{reals({1}), reals({3, 2})}},
     .propagates_nan = false},
    {.name = "matmul, sparse, without elements",
     .function =
         [](const Tensors& in) {
           const Places none{{in[0].numel(), in[1].size(0)}, {}, {}};
           const Tensor values = empty({0}, in[1].dtype());
           return matmul(none.csr(values), in[1]) + unsqueeze(in[0], 1) * 0;
         },
     .reference =
         [](const Tensors& in) {
           return build({in[0].numel(), in[1].size(1)}, float64, [](std::int64_t) { return 0; });
         },
     .samples = {{reals({3}), reals({2, 2})},
                 {reals({0}), reals({2, 2})},
                 {reals({3}), reals({0, 2})},
                 {reals({3}), reals({2, 0})},
                 {reals({0}), reals({0, 0})}},
     .propagates_nan = false,
     .infinities = false},
    {.name = "sampled_matmul",
     .function =
         [](const Tensors& in) {
           const Tensor no_values = zeros({some.nnz()}, in[0].dtype());
           return sampled_matmul(some.csr(no_values), in[0], in[1]).values();
         },
     .reference = sample_of,
     .samples = {{reals({4, 3}), reals({3, 5})},
                 {reals({4, 1}), reals({1, 5})},
                 {reals({4, 21}), reals({21, 5})}},
     .errors = {{[] {
                   return sampled_matmul(full.csr(ones({4})), ones({2, 3}), ones({3, 1}));
                 },
                 "sampled_matmul: (2, 3) x (3, 1) at places of (2, 2): needs (m, k), (k, n), (m, "
                 "n)"},
                {[] {
                   return sampled_matmul(full.csr(ones({4})), ones({2, 3}), ones({3, 2}, int64));
                 },
                 "sampled_matmul: needs floating dtypes, got float32 and int64"}},
     .propagates_nan = false},  // the third row is not read
    {.name = "sampled_matmul without elements",
     .function =
         [](const Tensors& in) {
           const Tensor no_values = zeros({some.nnz()}, in[0].dtype());
           return sampled_matmul(some.csr(no_values), in[0], in[1]).values();
         },
     .reference = sample_of,
     .samples = {{reals({4, 0}), reals({0, 5})}}},
    {.name = "to_dense",
     .function = [](const Tensors& in) { return to_dense(some.csr(in[0])); },
     .reference = dense_of(some),
     .samples = {{reals({6})}},
     .errors = {{[] {
                   return to_dense(SparseCoo(index_rows({0, 0}), ones({1}),
                                             {std::int64_t{1} << 40, std::int64_t{1} << 40}));
                 },
                 "to_dense: (1099511627776, 1099511627776) float32 has more bytes than 64 bits can "
                 "count"}}},
    {.name = "to_dense, of places in any order",
     .function = [](const Tensors& in) { return to_dense(shuffled.coo(in[0])); },
     .reference = dense_of(shuffled),
     .samples = {{reals({6})}}},
    {.name = "to_dense of nothing",
     .function =
         [](const Tensors& in) {
           return to_dense(Places{{0, 3}, {}, {}}.csr(in[0])) +
                  transpose(to_dense(Places{{3, 0}, {}, {}}.coo(in[0])));
         },
     .reference =
         [](const Tensors&) {
           return build({0, 3}, float64, [](std::int64_t) { return 0; });
         },
     .samples = {{reals({0})}}},
    {.name = "to_sparse_csr",
     .function = [](const Tensors& in) { return to_dense(to_sparse_csr(in[0])); },
     .reference =
         [](const Tensors& in) {
           return build(in[0].shape(), float64, [&](std::int64_t i) { return at(in[0], i); });
         },
     .samples = {{reals({3, 2}).away_from({0})}, {reals({0, 2})}, {reals({2, 0})}},
     .errors = {{{reals({3})}, "to_sparse_csr: (3,) is no matrix"},
                {{integers({2, 2}, 0, 1)}, "to_sparse_csr: needs a floating dtype, got int64"}}},
    {.name = "coalesce",
     .function = [](const Tensors& in) { return coalesce(shuffled.coo(in[0])).values(); },
     .reference =
         [](const Tensors& in) {
           // (0, 0), (0, 4) twice, (1, 1), (3, 0), (3, 3).
           const double x[] = {at(in[0], 4), at(in[0], 1) + at(in[0], 5), at(in[0], 3),
                               at(in[0], 0), at(in[0], 2)};
           return build({5}, float64, [&](std::int64_t i) { return x[i]; });
         },
     .samples = {{reals({6})}}},
    {.name = "coalesce to CSR, transposed",
     .function =
         [](const Tensors& in) { return to_dense(transpose(to_sparse_csr(shuffled.coo(in[0])))); },
     .reference =
         [](const Tensors& in) {
           const Tensor x = dense_of(shuffled)(in)[0];
           return build({5, 4}, float64, [&](std::int64_t i) { return at(x, i % 4 * 5 + i / 4); });
         },
     .samples = {{reals({6})}}},
});

}  // namespace

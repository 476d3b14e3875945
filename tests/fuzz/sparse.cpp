// Random sparse matrices, by rows or element by element: conversions, products and gradients are,
// to the bit, those of the sums over their elements, and places that no matrix has are refused by
// one line. Numbers are small integers, so that both are exact.

#include <cinta/autograd/core/error.hpp>
#include <cinta/cinta.hpp>
#include <limits>
#include <vector>

#include "fuzz/support.hpp"

using namespace cinta;

namespace {

using Size = std::int64_t;
using Ids = std::vector<Size>;
using Doubles = std::vector<double>;

/// A dense matrix as a list of rows.
struct Plain {
  Size m, n;
  Doubles elements = Doubles(std::size_t(m * n), 0.0);
  double& at(Size i, Size j) { return elements[std::size_t(i * n + j)]; }
  double at(Size i, Size j) const { return elements[std::size_t(i * n + j)]; }
};

Plain transposed(const Plain& a) {
  Plain b{a.n, a.m};
  for (Size i = 0; i < a.m; ++i)
    for (Size j = 0; j < a.n; ++j) b.at(j, i) = a.at(i, j);
  return b;
}

Plain product(const Plain& a, const Plain& b) {
  Plain c{a.m, b.n};
  for (Size i = 0; i < a.m; ++i)
    for (Size j = 0; j < b.n; ++j)
      for (Size k = 0; k < a.n; ++k) c.at(i, j) += a.at(i, k) * b.at(k, j);
  return c;
}

void require_same(const Tensor& x, const Plain& wanted) {
  fuzz::require(x.shape() == Shape({wanted.m, wanted.n}));
  fuzz::require(to(x.detach(), float64).to_vector<double>() == wanted.elements);
}

class Program {
 public:
  Program(const std::uint8_t* data, std::size_t size) : next_(data), end_(data + size) {}

  void run() {
    const unsigned mode = byte();
    dtype_ = mode & 1 ? float32 : float64;
    m_ = below(9);
    n_ = below(9);
    if (mode & 2)
      by_rows(mode & 4);
    else
      by_elements(mode & 4);
  }

 private:
  unsigned byte() { return next_ < end_ ? *next_++ : 0; }
  Size below(Size count) { return count > 0 ? Size(byte()) % count : 0; }
  double small() { return double(Size(byte()) % 7 - 3); }
  /// One of `count` places; any number where places may be wrong.
  Size place(Size count, bool may_be_wrong) {
    if (!may_be_wrong) return below(count);
    const Size b = byte();
    if (b > 252) return b == 253 ? std::numeric_limits<Size>::min() : Size{1} << (b - 193);
    return b % (count + 1) - (b > 240 ? 1 : 0);
  }
  Doubles numbers(Size count) {
    Doubles all;
    for (Size i = 0; i < count; ++i) all.push_back(small());
    return all;
  }
  Tensor tensor_of(const Doubles& numbers, const Shape& shape) const {
    return to(from_data(numbers, shape), dtype_);
  }
  Plain matrix(Size m, Size n) { return {m, n, numbers(m * n)}; }
  Tensor tensor_of(const Plain& x) const { return tensor_of(x.elements, {x.m, x.n}); }

  /// Both take the places, or both refuse them.
  template <class F>
  auto both(bool possible, const F& make) -> std::optional<decltype(make())> {
    try {
      auto made = make();
      fuzz::require(possible);
      return made;
    } catch (const Error& error) {
      fuzz::require_plain(error.what());
      fuzz::require(!possible);
      return std::nullopt;
    }
  }

  void by_elements(bool may_be_wrong) {
    const Size count = m_ > 0 && n_ > 0 ? below(40) : may_be_wrong ? below(2) : 0;
    bool possible = true;
    Ids rows, columns;
    for (Size k = 0; k < count; ++k) {
      rows.push_back(place(m_, may_be_wrong));
      columns.push_back(place(n_, may_be_wrong));
      possible = possible && rows.back() >= 0 && rows.back() < m_ && columns.back() >= 0 &&
                 columns.back() < n_;
    }
    const Tensor values = tensor_of(numbers(count), {count}).requires_grad_();
    const auto a = both(possible, [&] {
      Ids both_lines = rows;
      both_lines.insert(both_lines.end(), columns.begin(), columns.end());
      return SparseCoo(from_data(both_lines, {2, count}), values, {m_, n_});
    });
    if (!a) return;
    const Plain dense = dense_of(values, rows, columns);
    require_same(to_dense(*a), dense);
    const SparseCoo sorted = coalesce(*a);
    fuzz::require(sorted.is_coalesced());
    require_same(to_dense(sorted), dense);
    Size before = -1;  // places grow, and none comes twice
    const Ids places = sorted.indices().to_vector<Size>();
    for (Size k = 0; k < sorted.nnz(); ++k) {
      const Size at = places[std::size_t(k)] * n_ + places[std::size_t(sorted.nnz() + k)];
      fuzz::require(at > before);
      before = at;
    }
    products(*a, values, rows, columns, dense);
    check(to_sparse_csr(*a), dense);
  }

  void by_rows(bool may_be_wrong) {
    Ids pointers{may_be_wrong && byte() > 250 ? 1 : 0}, rows, columns;
    bool possible = pointers[0] == 0;
    for (Size i = 0; i < m_; ++i) {
      const Size count = n_ > 0 ? below(6) : 0;
      pointers.push_back(pointers.back() + (may_be_wrong && byte() > 240 ? -1 : count));
      possible = possible && pointers.back() >= pointers[std::size_t(i)];
    }
    const Size count = std::max<Size>(0, pointers.back() + (may_be_wrong && byte() > 240 ? 1 : 0));
    possible = possible && pointers.back() == count;
    for (Size k = 0; k < count; ++k) {
      columns.push_back(place(n_, may_be_wrong));
      possible = possible && columns.back() >= 0 && columns.back() < n_;
    }
    const Tensor values = tensor_of(numbers(count), {count}).requires_grad_();
    const auto a = both(possible, [&] {
      return SparseCsr(from_data(pointers, {m_ + 1}), from_data(columns, {count}), values,
                       {m_, n_});
    });
    if (!a) return;
    for (Size i = 0; i < m_; ++i)
      rows.insert(rows.end(), std::size_t(pointers[std::size_t(i + 1)] - pointers[std::size_t(i)]),
                  i);
    fuzz::require(a->row_indices().to_vector<Size>() == rows);
    const Plain dense = dense_of(values, rows, columns);
    products(*a, values, rows, columns, dense);
    check(*a, dense);
    sampled(*a, rows, columns);
  }

  Plain dense_of(const Tensor& values, const Ids& rows, const Ids& columns) const {
    Plain dense{m_, n_};
    const Doubles elements = to(values.detach(), float64).to_vector<double>();
    for (std::size_t k = 0; k < rows.size(); ++k) dense.at(rows[k], columns[k]) += elements[k];
    return dense;
  }

  void check(const SparseCsr& a, const Plain& dense) {
    require_same(to_dense(a), dense);
    require_same(to_dense(transpose(a)), transposed(dense));
    require_same(to_dense(transpose(transpose(a))), dense);
    require_same(to_dense(to_sparse_coo(a)), dense);
    require_same(to_dense(to_sparse_csr(to_dense(a))), dense);
    const Plain left = matrix(below(4), m_);
    require_same(matmul(tensor_of(left), a), product(left, dense));
  }

  /// Of a and of its transpose: the product, and its gradients to the values and to the other side.
  template <class Matrix>
  void products(const Matrix& a, const Tensor& values, const Ids& rows, const Ids& columns,
                const Plain& dense) {
    for (const bool turned : {false, true}) {
      const Plain matrix_ = turned ? transposed(dense) : dense;
      const Size width = below(20);
      const Plain x = matrix(matrix_.n, width), weights = matrix(matrix_.m, width);
      const Tensor right = tensor_of(x).requires_grad_(), seed = tensor_of(weights);
      const Tensor y = matmul(a, right, {.transposed = turned});
      require_same(y, product(matrix_, x));
      const Tensors g = grad({y}, {values, right}, {.grad_outputs = {seed}});
      require_same(to_dense(g[1]), product(transposed(matrix_), weights));
      Plain to_values{1, Size(rows.size())};
      for (std::size_t k = 0; k < rows.size(); ++k)
        for (Size c = 0; c < width; ++c)
          to_values.elements[k] += turned ? weights.at(columns[k], c) * x.at(rows[k], c)
                                          : weights.at(rows[k], c) * x.at(columns[k], c);
      require_same(unsqueeze(g[0], 0), to_values);
    }
  }

  void sampled(const SparseCsr& places, const Ids& rows, const Ids& columns) {
    const Size inner = below(5);
    const Plain left = matrix(m_, inner), right = matrix(inner, n_), whole = product(left, right);
    const SparseCsr scores = sampled_matmul(places, tensor_of(left), tensor_of(right));
    Plain wanted{1, Size(rows.size())};
    for (std::size_t k = 0; k < rows.size(); ++k)
      wanted.elements[k] = whole.at(rows[k], columns[k]);
    require_same(unsqueeze(scores.values(), 0), wanted);
  }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  Dtype dtype_ = float64;
  Size m_ = 0, n_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Program(data, size).run();
  return 0;
}

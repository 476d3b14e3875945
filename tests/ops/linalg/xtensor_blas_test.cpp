// Linear algebra beside xtensor-blas: rows of the op table whose references are its functions,
// which call the LAPACK that this test is linked with (ours is opened at run time, see
// docs/design.md). What depends on signs that a factorization may choose is compared where it does
// not.

#include <cinta/autograd/xtensor.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/linalg/det.hpp>
#include <cinta/ops/linalg/factor/cholesky.hpp>
#include <cinta/ops/linalg/factor/eigh.hpp>
#include <cinta/ops/linalg/factor/qr.hpp>
#include <cinta/ops/linalg/factor/svd.hpp>
#include <cinta/ops/linalg/matrix_function.hpp>
#include <cinta/ops/linalg/matrix_norm.hpp>
#include <cinta/ops/linalg/product/products.hpp>
#include <cinta/ops/linalg/solve.hpp>
#include <cinta/ops/random/random.hpp>
#include <xtensor-blas/xlinalg.hpp>

#include "ops/op_table/linalg/linalg.hpp"
#include "support/catch_compat.hpp"

namespace {

using namespace op_table;

using Matrix = xt::xtensor<double, 2>;
using Vector = xt::xtensor<double, 1>;

Matrix matrix_at(const Tensor& x, std::int64_t index) {
  const Plain plain = matrix_of(x, index);
  Matrix y = Matrix::from_shape({std::size_t(plain.rows), std::size_t(plain.columns)});
  std::copy(plain.x.begin(), plain.x.end(), y.begin());
  return y;
}
template <class E>
Plain plain_of(const E& expression) {
  const Matrix x = expression;
  Plain y{std::int64_t(x.shape(0)), std::int64_t(x.shape(1))};
  std::copy(x.begin(), x.end(), y.x.begin());
  return y;
}
Plain column_of(const Vector& x) {
  Plain y{std::int64_t(x.size()), 1};
  std::copy(x.begin(), x.end(), y.x.begin());
  return y;
}

// f(matrix) for each of the batch: a matrix, a number or the vector of so many values.
template <class F>
check::Function each_of(F f) {
  return [f](const Tensors& in) {
    const Plain first = f(matrix_at(in[0], 0));
    return batch_of(leading_of(in[0]), {first.rows, first.columns},
                    [&](std::int64_t i) { return f(matrix_at(in[0], i)); });
  };
}
template <class F>
check::Function number_of(F f) {
  return [f](const Tensors& in) {
    return batch_of(leading_of(in[0]), {}, [&](std::int64_t i) {
      Plain y{1, 1};
      y.x[0] = f(matrix_at(in[0], i));
      return y;
    });
  };
}
template <class F>
check::Function values_of(F f) {
  return [f](const Tensors& in) {
    return batch_of(leading_of(in[0]), {std::min(in[0].size(-1), in[0].size(-2))},
                    [&](std::int64_t i) { return column_of(f(matrix_at(in[0], i))); });
  };
}

Matrix definite_of(const Matrix& x) {
  return xt::linalg::dot(x, xt::transpose(x)) + double(x.shape(0)) * xt::eye<double>(x.shape(0));
}
Matrix regular_of(const Matrix& x) {
  const Matrix ones = xt::eye<double>(x.shape(0));
  return x + 3.0 * double(x.shape(0)) * xt::flip(ones, 1);
}

const std::vector<check::Sample> squares = {
    {reals({3, 3})}, {reals({1, 1})}, {reals({2, 3, 3})}, {reals({5, 5})}, {reals({2, 2, 7, 7})}};
const std::vector<check::Sample> any = {
    {reals({4, 4})}, {reals({6, 3})}, {reals({2, 3, 5})}, {reals({1, 4})}, {reals({20, 18})}};

check::Row row(const char* name, check::Function function, check::Function reference,
               std::vector<check::Sample> samples, double ulps = 64, bool strided = true) {
  return {.name = name,
          .function = std::move(function),
          .reference = std::move(reference),
          .samples = std::move(samples),
          .propagates_nan = false,  // LAPACK is not asked
          .infinities = false,
          .extremes = false,
          .strided = strided,
          .ulps = ulps};
}

check::Row norm_row(const char* name, MatrixNorm ours, xt::linalg::normorder theirs) {
  return row(
      name, [ours](const Tensors& in) { return matrix_norm(in[0], ours); },
      number_of([theirs](const Matrix& a) { return double(xt::linalg::norm(a, theirs)); }), any);
}

Tensor systems_of(const Tensors& in) {
  const std::int64_t n = in[0].size(-1), k = in[1].size(-1);
  return batch_of(leading_of(in[0]), {n, k}, [&](std::int64_t i) {
    return plain_of(xt::linalg::solve(regular_of(matrix_at(in[0], i)), matrix_at(in[1], i)));
  });
}
Tensor least_squares_of(const Tensors& in) {
  const std::int64_t n = in[0].size(-1), k = in[1].size(-1);
  return batch_of(leading_of(in[0]), {n, k}, [&](std::int64_t i) {
    return plain_of(std::get<0>(xt::linalg::lstsq(matrix_at(in[0], i), matrix_at(in[1], i))));
  });
}

const std::vector<check::Row> table = {
    row("solve", [](const Tensors& in) { return solve(regular(in[0]), in[1]); }, systems_of,
        {{reals({3, 3}), reals({3, 2})},
         {reals({2, 5, 5}), reals({2, 5, 1})},
         {reals({40, 40}).fixed(), reals({40, 3})}}),
    row(
        "inv", [](const Tensors& in) { return inv(regular(in[0])); },
        each_of([](const Matrix& a) { return plain_of(xt::linalg::inv(regular_of(a))); }), squares),
    row(
        "det", [](const Tensors& in) { return det(in[0]); },
        number_of([](const Matrix& a) { return double(xt::linalg::det(a)); }), squares),
    row(
        "slogdet",
        [](const Tensors& in) {
          const SignAndLog d = slogdet(regular(in[0]));
          return d.sign * d.logabsdet;
        },
        number_of([](const Matrix& a) {
          const auto d = xt::linalg::slogdet(regular_of(a));
          return double(std::get<0>(d)) * double(std::get<1>(d));
        }),
        squares),
    row(
        "cholesky", [](const Tensors& in) { return cholesky(definite(in[0])); },
        each_of([](const Matrix& a) { return plain_of(xt::linalg::cholesky(definite_of(a))); }),
        squares),
    row(
        "qr, squares of r", [](const Tensors& in) { return square(qr(in[0]).r); },
        each_of([](const Matrix& a) {
          const Matrix r = std::get<1>(xt::linalg::qr(a));
          return plain_of(r * r);
        }),
        {{reals({4, 4})}, {reals({6, 3})}, {reals({2, 5, 3})}, {reals({20, 18}).fixed()}}, 64,
        false),  // rows that are shown twice make it singular
    row(
        "svdvals", [](const Tensors& in) { return svdvals(in[0]); },
        values_of([](const Matrix& a) -> Vector { return std::get<1>(xt::linalg::svd(a, false)); }),
        any),
    row("svd, projections",
        [](const Tensors& in) {
          const Svd f = svd(in[0]);
          return matmul(f.u * unsqueeze(f.s, -2), transpose(f.u));
        },
        each_of([](const Matrix& a) {
          const auto f = xt::linalg::svd(a, false);
          const Matrix u = std::get<0>(f) * std::get<1>(f);
          return plain_of(xt::linalg::dot(u, xt::transpose(std::get<0>(f))));
        }),
        {{reals({4, 4})}, {reals({2, 3, 5})}, {reals({20, 18}).fixed()}}),
    row(
        "eigvalsh", [](const Tensors& in) { return eigvalsh(definite(in[0])); },
        values_of([](const Matrix& a) -> Vector { return xt::linalg::eigvalsh(definite_of(a)); }),
        squares),
    row("eigh, of exponentials",
        [](const Tensors& in) {
          const Eigh f = eigh(in[0] + transpose(in[0]));
          return matmul(f.vectors * unsqueeze(exp(f.values), -2), transpose(f.vectors));
        },
        each_of([](const Matrix& a) {
          const Matrix sum = a + xt::transpose(a);
          const auto f = xt::linalg::eigh(sum);
          const Matrix scaled = std::get<1>(f) * xt::exp(std::get<0>(f));
          return plain_of(xt::linalg::dot(scaled, xt::transpose(std::get<1>(f))));
        }),
        {{reals({3, 3})}, {reals({2, 4, 4})}, {reals({18, 18}, -0.3, 0.3).fixed()}}),
    row(
        "pinv", [](const Tensors& in) { return pinv(in[0]); },
        each_of([](const Matrix& a) { return plain_of(xt::linalg::pinv(a)); }),
        {{reals({6, 3})}, {reals({2, 3, 7})}}, 512),
    row(
        "lstsq", [](const Tensors& in) { return lstsq(in[0], in[1]); }, least_squares_of,
        {{reals({6, 3}), reals({6, 2})}, {reals({2, 9, 4}), reals({2, 9, 1})}}, 512),
    row(
        "matrix_power", [](const Tensors& in) { return matrix_power(in[0], 5); },
        each_of([](const Matrix& a) { return plain_of(xt::linalg::matrix_power(a, 5)); }), squares),
    row(
        "kron", [](const Tensors& in) { return kron(in[0], in[1]); },
        [](const Tensors& in) {
          const Plain y = plain_of(xt::linalg::kron(matrix_at(in[0], 0), matrix_at(in[1], 0)));
          return batch_of({}, {y.rows, y.columns}, [&](std::int64_t) { return y; });
        },
        {{reals({2, 3}), reals({3, 2})}}),
    row(
        "trace", [](const Tensors& in) { return trace(in[0]); },
        number_of([](const Matrix& a) { return double(xt::linalg::trace(a)()); }), squares),
    norm_row("matrix_norm", MatrixNorm::fro, xt::linalg::normorder::frob),
    norm_row("matrix_norm, nuc", MatrixNorm::nuc, xt::linalg::normorder::nuc),
    norm_row("matrix_norm, rows", MatrixNorm::rows, xt::linalg::normorder::inf),
    norm_row("matrix_norm, rows_min", MatrixNorm::rows_min, xt::linalg::normorder::neg_inf),
};

}  // namespace

TEST_CASE("what xtensor-blas can do has its values") {
  for (const check::Row& one : table) DYNAMIC_SECTION(one.name) {
      for (const std::string& failure : check::run(one)) FAIL_CHECK(failure);
      SUCCEED();
    }
}

TEST_CASE("ranks are those of xtensor-blas") {
  for (const std::int64_t n : {1, 3, 8, 20}) {
    for (std::int64_t rank = 0; rank <= n; rank += 1 + n / 4) {
      const Tensor a = matmul(randn({n, rank}, float64), randn({rank, n}, float64));
      CAPTURE(n, rank);
      CHECK(matrix_rank(a).item<std::int64_t>() == rank);
      if (rank > 0) CHECK(std::int64_t(xt::linalg::matrix_rank(matrix_at(a, 0))) == rank);
    }
  }
}

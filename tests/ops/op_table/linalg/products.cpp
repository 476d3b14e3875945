#include <cinta/ops/linalg/product/distance.hpp>
#include <cinta/ops/linalg/product/einsum.hpp>
#include <cinta/ops/linalg/product/products.hpp>

#include "ops/op_table/reference.hpp"

namespace {

using namespace op_table;

double abs_power(double x, double p) { return std::pow(std::abs(x), p); }

// a (m, k) times b (k, n), in batches.
Tensor multiplied(const Tensor& a, const Tensor& b) {
  const std::int64_t m = a.size(-2), k = a.size(-1), n = b.size(-1);
  Shape shape = a.shape();
  shape[shape.rank() - 1] = n;
  return build(shape, float64, [&](std::int64_t i) {
    const std::int64_t batch = i / (m * n), row = i / n % m, column = i % n;
    double sum = 0;
    for (std::int64_t l = 0; l < k; ++l)
      sum += at(a, (batch * m + row) * k + l) * at(b, (batch * k + l) * n + column);
    return sum;
  });
}
check::Function plus_product(double beta, double alpha) {
  return [=](const Tensors& in) {
    const Tensor product = multiplied(in[1], in[2]);
    return build(product.shape(), float64, [&](std::int64_t i) {
      const double x = at(in[0], source_of(i, product.shape(), in[0].shape()));
      return (beta == 0 ? 0 : beta * x) + alpha * at(product, i);
    });
  };
}

// Infinities and the largest numbers cancel in sums of products; matmul's rows look at them.
const Register vectors({
    {.name = "mv",
     .function = [](const Tensors& in) { return mv(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           return build({in[0].size(0)}, float64, [&](std::int64_t i) {
             double sum = 0;
             for (std::int64_t k = 0; k < in[1].numel(); ++k)
               sum += at(in[0], i * in[1].numel() + k) * at(in[1], k);
             return sum;
           });
         },
     .samples = {{reals({2, 3}), reals({3})},
                 {reals({2, 0}), reals({0})},
                 {reals({0, 3}), reals({3})}},
     .errors = {{{reals({3}), reals({3})}, "mv: needs a matrix and a vector, got (3,) and (3,)"},
                {{reals({2, 3}), reals({2})}, "mv: (2, 3) x (2,): inner sizes 3 and 2 differ"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "dot",
     .function = [](const Tensors& in) { return dot(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           return build({}, float64, [&](std::int64_t) {
             double sum = 0;
             for (std::int64_t k = 0; k < in[1].numel(); ++k) sum += at(in[0], k) * at(in[1], k);
             return sum;
           });
         },
     .samples = {{reals({3}), reals({3})}, {reals({0}), reals({0})}},
     .errors = {{{reals({3}), reals({1, 3})}, "dot: needs two vectors, got (3,) and (1, 3)"}},
     .infinities = false,
     .extremes = false},
    {.name = "outer",
     .function = [](const Tensors& in) { return outer(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t n = in[1].numel();
           return build({in[0].numel(), n}, promote(in[0].dtype(), in[1].dtype()),
                        [&](std::int64_t i) { return at(in[0], i / n) * at(in[1], i % n); });
         },
     .samples = {{reals({2}), reals({3})},
                 {reals({0}), reals({2}).fixed()},
                 {integers({2}, -9, 9), integers({3}, -9, 9)}},
     .errors = {{{reals({3}), reals({})}, "outer: needs two vectors, got (3,) and ()"}},
     .propagates_nan = false},
    {.name = "inner",
     .function = [](const Tensors& in) { return inner(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t k = in[0].size(-1), n = in[1].numel() / k;
           return build({in[0].size(0), in[1].size(0)}, float64, [&](std::int64_t i) {
             double sum = 0;
             for (std::int64_t l = 0; l < k; ++l)
               sum += at(in[0], i / n * k + l) * at(in[1], i % n * k + l);
             return sum;
           });
         },
     .samples = {{reals({2, 3}), reals({4, 3})}},
     .errors = {{{reals({2}), reals({})}, "inner: both need at least one axis, got (2,) and ()"},
                {{reals({2, 3}), reals({2})}, "inner: axis 1 of (2, 3) and axis 0 of (2,) differ"}},
     .infinities = false,
     .extremes = false},
    {.name = "tensordot",
     .function =
         [](const Tensors& in) {
           return tensordot(in[0], in[1], {2, 0}, {1, -1});
         },
     .reference =
         [](const Tensors& in) {
           // a (i, j, k), b (l, k, i)
           const std::int64_t ni = in[0].size(0), nj = in[0].size(1), nk = in[0].size(2);
           return build({nj, in[1].size(0)}, float64, [&](std::int64_t flat) {
             const std::int64_t j = flat / in[1].size(0), l = flat % in[1].size(0);
             double sum = 0;
             for (std::int64_t i = 0; i < ni; ++i)
               for (std::int64_t k = 0; k < nk; ++k)
                 sum += at(in[0], (i * nj + j) * nk + k) * at(in[1], (l * nk + k) * ni + i);
             return sum;
           });
         },
     .samples = {{reals({2, 3, 4}), reals({2, 4, 2})}, {reals({2, 3, 0}), reals({2, 0, 2})}},
     .errors = {{[] {
                   return tensordot(ones({2, 3}), ones({2, 3}), {0, 1}, {0});
                 },
                 "tensordot: axes (0, 1) and (0,) differ in length"},
                {[] {
                   return tensordot(ones({2, 3}), ones({2, 3}), {0}, {0, 1});
                 },
                 "tensordot: axes (0,) and (0, 1) differ in length"},
                {[] {
                   return tensordot(ones({2, 3}), ones({2, 3}), {0, 0}, {0, 1});
                 },
                 "tensordot: axis 0 is named twice in (0, 0)"},
                {{integers({2, 3, 4}, 0, 1), flags({2, 4, 2})},
                 "tensordot: needs floating dtypes, got int64 and bool"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "tensordot over one axis of each",
     .function = [](const Tensors& in) { return tensordot(in[0], in[1], {0}, {0}); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t rows = in[0].size(1), columns = in[1].size(1);
           return build({rows, columns}, float64, [&](std::int64_t flat) {
             double sum = 0;
             for (std::int64_t i = 0; i < in[0].size(0); ++i)
               sum +=
                   at(in[0], i * rows + flat / columns) * at(in[1], i * columns + flat % columns);
             return sum;
           });
         },
     .samples = {{reals({3, 2}), reals({3, 4})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "tensordot, a number of axes",
     .function = [](const Tensors& in) { return tensordot(in[0], in[1], 0); },
     .reference =
         [](const Tensors& in) {
           return build({2, 3}, float64,
                        [&](std::int64_t i) { return at(in[0], i / 3) * at(in[1], i % 3); });
         },
     .samples = {{reals({2}), reals({3})}},
     .errors = {{[] {
                   return tensordot(ones({2, 3}), ones({3}), 2);
                 },
                 "tensordot: 2 axes of (2, 3) and (3,)"}},
     .infinities = false,
     .extremes = false},
    {.name = "bmm",
     .function = [](const Tensors& in) { return bmm(in[0], in[1]); },
     .reference = [](const Tensors& in) { return multiplied(in[0], in[1]); },
     .samples = {{reals({2, 3, 2}), reals({2, 2, 4})}, {reals({0, 3, 2}), reals({0, 2, 1})}},
     .errors = {{{reals({2, 3}), reals({3, 2})},
                 "bmm: needs matrices in batches, got (2, 3) and (3, 2)"},
                {{reals({1, 2, 3}), reals({2, 3, 2})},
                 "bmm: batches of (1, 2, 3) and (2, 3, 2) differ; matmul broadcasts"},
                {{reals({2, 2, 4}), reals({2, 2, 4})},
                 "bmm: (2, 2, 4) x (2, 2, 4): inner sizes 4 and 2 differ"}},
     .infinities = false,
     .extremes = false},
    {.name = "addmm",
     .function =
         [](const Tensors& in) { return addmm(in[0], in[1], in[2], {.beta = 0.5, .alpha = -2}); },
     .reference = plus_product(0.5, -2),
     .samples = {{reals({4}), reals({2, 3}), reals({3, 4})},
                 {reals({2, 4}), reals({2, 3}), reals({3, 4})},
                 {reals({2, 1}), reals({2, 0}), reals({0, 1})}},
     .errors = {{{reals({3}), reals({2, 3}), reals({3, 4})},
                 "addmm: (3,) does not broadcast to (2, 4)"},
                {{reals({3}), reals({3}), reals({3, 4})},
                 "addmm: needs two matrices, got (3,) and (3, 4)"},
                {{reals({3}), reals({2, 3}), reals({2, 3})},
                 "addmm: (2, 3) x (2, 3): inner sizes 3 and 2 differ"},
                {{reals({3}), reals({2, 3}), integers({3, 2}, 0, 1)},
                 "addmm: needs floating dtypes, got float64 and int64"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "addmm, without what is added",
     .function = [](const Tensors& in) { return addmm(in[0], in[1], in[2], {.beta = 0}); },
     .reference = plus_product(0, 1),
     .samples = {{reals({4}, {std::nan(""), 1, 2, 3}).fixed(), reals({2, 3}), reals({3, 4})}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "baddbmm",
     .function = [](const Tensors& in) { return baddbmm(in[0], in[1], in[2]); },
     .reference = plus_product(1, 1),
     .samples = {{reals({3, 1}), reals({2, 3, 2}), reals({2, 2, 4})}},
     .errors = {{{reals({3}), reals({2, 3}), reals({3, 4})},
                 "baddbmm: needs matrices in batches, got (2, 3) and (3, 4)"},
                {{reals({3}), reals({1, 3, 4}), reals({1, 3, 4})},
                 "baddbmm: (1, 3, 4) x (1, 3, 4): inner sizes 4 and 3 differ"}},
     .infinities = false,
     .extremes = false},
    {.name = "cross",
     .function = [](const Tensors& in) { return cross(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const Shape shape = broadcast_shapes("", in[0].shape(), in[1].shape());
           return build(shape, promote(in[0].dtype(), in[1].dtype()), [&](std::int64_t i) {
             const auto of = [&](std::size_t which, std::int64_t k) {
               return at(in[which], source_of(i / 3 * 3 + k % 3, shape, in[which].shape()));
             };
             return of(0, i % 3 + 1) * of(1, i % 3 + 2) - of(0, i % 3 + 2) * of(1, i % 3 + 1);
           });
         },
     .samples = {{reals({2, 3}), reals({2, 3})},
                 {reals({3}), reals({2, 3})},
                 {reals({2, 1, 3}), reals({4, 3})},
                 {reals({0, 3}), reals({3})},
                 {reals({2, 1}), reals({3})},
                 {integers({2, 3}, -9, 9), integers({2, 3}, -9, 9)}},
     .errors = {{{reals({2}), reals({2})}, "cross: axis 0 of (2,) has size 2, not 3"}},
     .infinities = false,
     .extremes = false},
    {.name = "cross, along another axis",
     .function = [](const Tensors& in) { return cross(in[0], in[1], 0); },
     .reference =
         [](const Tensors& in) {
           return build({3, 2}, float64, [&](std::int64_t i) {
             const auto of = [&](std::size_t which, std::int64_t k) {
               return at(in[which], k % 3 * 2 + i % 2);
             };
             return of(0, i / 2 + 1) * of(1, i / 2 + 2) - of(0, i / 2 + 2) * of(1, i / 2 + 1);
           });
         },
     .samples = {{reals({3, 2}), reals({3, 2})}},
     .infinities = false,
     .extremes = false},
    {.name = "kron",
     .function = [](const Tensors& in) { return kron(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t rows = in[1].rank() == 2 ? in[1].size(0) : 1,
                              columns = in[1].size(-1);
           const std::int64_t width = in[0].size(1) * columns;
           return build({in[0].size(0) * rows, width}, promote(in[0].dtype(), in[1].dtype()),
                        [&](std::int64_t i) {
                          const std::int64_t row = i / width, column = i % width;
                          return at(in[0], row / rows * in[0].size(1) + column / columns) *
                                 at(in[1], row % rows * columns + column % columns);
                        });
         },
     .samples = {{reals({2, 3}), reals({2, 2})},
                 {reals({2, 1}), reals({3})},
                 {integers({2, 2}, -9, 9), integers({1, 2}, -9, 9)}},
     .errors = {{[] { return kron(ones({2}), Tensor()); },
                 "kron: input 1 is an undefined tensor"}}},
});

const Register distances({
    {.name = "pairwise_distance",
     .function = [](const Tensors& in) { return pairwise_distance(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const Shape shape = broadcast_shapes("", in[0].shape(), in[1].shape());
           return build({shape[0]}, float64, [&](std::int64_t row) {
             double sum = 0;
             for (std::int64_t k = row * shape[1]; k < (row + 1) * shape[1]; ++k)
               sum += abs_power(at(in[0], source_of(k, shape, in[0].shape())) -
                                    at(in[1], source_of(k, shape, in[1].shape())),
                                2);
             return std::sqrt(sum);
           });
         },
     .samples = {{reals({2, 3}, 1, 2), reals({2, 3}, -2, -1)},
                 {reals({3}, 1, 2), reals({2, 3}, -2, -1)}},
     .errors = {{{reals({2, 3}), reals({2, 2})},
                 "pairwise_distance: (2, 3) and (2, 2) do not broadcast: sizes 3 and 2 differ"},
                {[] { return pairwise_distance(ones({2}), ones({2}), -1); },
                 "pairwise_distance: p must not be negative, got -1"}},
     .infinities = false,
     .extremes = false},
    {.name = "pairwise_distance, 1 with eps",
     .function = [](const Tensors& in) { return pairwise_distance(in[0], in[1], 1, 0.5, true); },
     .reference =
         [](const Tensors& in) {
           return build({2, 1}, float64, [&](std::int64_t row) {
             double sum = 0;
             for (std::int64_t k = 3 * row; k < 3 * row + 3; ++k)
               sum += std::abs(at(in[0], k) - at(in[1], k) + 0.5);
             return sum;
           });
         },
     .samples = {{reals({2, 3}, 1, 2), reals({2, 3}, -2, -1)}},
     .infinities = false,
     .extremes = false},
    {.name = "cdist",
     .function = [](const Tensors& in) { return cdist(in[0], in[1]); },
     .reference =
         [](const Tensors& in) {
           const Tensor &a = in[0], &b = in[1];
           const std::int64_t n = a.size(-2), m = b.size(-2), d = a.size(-1);
           const std::int64_t batch = b.rank() == 3 ? b.size(0) : 1;
           const Shape shape = b.rank() == 3 ? Shape{batch, n, m} : Shape{n, m};
           return build(shape, float64, [&](std::int64_t i) {
             double sum = 0;
             for (std::int64_t k = 0; k < d; ++k)
               sum += abs_power(at(a, i / m % n * d + k) - at(b, (i / (n * m) * m + i % m) * d + k),
                                2);
             return std::sqrt(sum);
           });
         },
     .samples = {{reals({3, 4}, 1, 2), reals({2, 4}, -2, -1)},
                 {reals({3, 2}, 1, 2), reals({2, 2, 2}, -2, -1)},
                 {reals({0, 2}), reals({2, 2})},
                 {reals({2, 20}, 1, 2), reals({3, 20}, -2, -1)}},
     .errors = {{{reals({2, 3}), reals({2, 2})},
                 "cdist: needs (..., n, d) and (..., m, d), got (2, 3) and (2, 2)"},
                {{reals({3}), reals({2, 3})},
                 "cdist: needs (..., n, d) and (..., m, d), got (3,) and (2, 3)"},
                {[] {
                   return cdist(ones({2, 3}), ones({2, 3}), -1);
                 },
                 "cdist: p must not be negative, got -1"}},
     .propagates_nan = false,
     .infinities = false,
     .extremes = false},
    {.name = "cdist, 3",
     .function = [](const Tensors& in) { return cdist(in[0], in[1], 3); },
     .reference =
         [](const Tensors& in) {
           const std::int64_t m = in[1].size(0), d = in[0].size(1);
           return build({in[0].size(0), m}, float64, [&](std::int64_t i) {
             double sum = 0;
             for (std::int64_t k = 0; k < d; ++k)
               sum += abs_power(at(in[0], i / m * d + k) - at(in[1], i % m * d + k), 3);
             return std::cbrt(sum);
           });
         },
     .samples = {{reals({3, 4}, 1, 2), reals({2, 4}, -2, -1)}},
     .infinities = false,
     .extremes = false,
     .ulps = 64},  // two powers
    {.name = "cosine_similarity",
     .function = [](const Tensors& in) { return cosine_similarity(in[0], in[1], -1); },
     .reference =
         [](const Tensors& in) {
           const Shape shape = broadcast_shapes("", in[0].shape(), in[1].shape());
           return build({shape[0]}, float64, [&](std::int64_t row) {
             double ab = 0, aa = 0, bb = 0;
             for (std::int64_t k = row * shape[1]; k < (row + 1) * shape[1]; ++k) {
               const double a = at(in[0], source_of(k, shape, in[0].shape()));
               const double b = at(in[1], source_of(k, shape, in[1].shape()));
               ab += a * b, aa += a * a, bb += b * b;
             }
             return ab / std::sqrt(aa * bb);
           });
         },
     .samples = {{reals({2, 3}), reals({2, 3})}, {reals({3}), reals({2, 3})}},
     .errors = {{{reals({2, 3}), reals({2, 2})},
                 "cosine_similarity: (2, 3) and (2, 2) do not broadcast: sizes 3 and 2 differ"}},
     .infinities = false,
     .extremes = false},
    {.name = "cosine_similarity, of numbers",
     .function = [](const Tensors& in) { return cosine_similarity(in[0], in[1], 0); },
     .reference = each([](double a, double b) { return a * b / (std::abs(a) * std::abs(b)); }),
     .samples = {{reals({}, 1, 2), reals({}, 1, 2)}, {reals({}, 1, 2), reals({}, -2, -1)}},
     .errors = {{[] { return cosine_similarity(ones({}), ones({}), 1); },
                 "cosine_similarity: axis 1 is out of range for (), which has 0 axes"}},
     .infinities = false,
     .extremes = false},
    {.name = "pairwise_distance, of numbers",
     .function = [](const Tensors& in) { return pairwise_distance(in[0], in[1]); },
     .reference = each([](double a, double b) { return std::abs(a - b); }),
     .samples = {{reals({}, 1, 2), reals({}, -2, -1)}},
     .infinities = false,
     .extremes = false},
});

// Sums of products by going through all values of all letters; of dots, one axis: 'x'.
check::Function plain_einsum(const std::string& equation) {
  return [equation](const Tensors& in) {
    std::string text;
    for (std::size_t i = 0; i < equation.size(); ++i) {
      if (equation.compare(i, 3, "...") == 0)
        text += 'x', i += 2;
      else if (equation[i] != ' ')
        text += equation[i];
    }
    const std::size_t arrow = text.find("->");
    std::vector<std::string> operands(1);
    for (const char c : text.substr(0, arrow))
      c == ',' ? operands.push_back({}) : operands.back().push_back(c);
    const std::string output = text.substr(arrow + 2);
    std::string letters = output;
    std::vector<std::int64_t> sizes(256, 1);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      for (std::size_t i = 0; i < operands[k].size(); ++i) {
        const char c = operands[k][i];
        if (letters.find(c) == std::string::npos) letters += c;
        sizes[std::size_t(c)] = std::max(sizes[std::size_t(c)], in[k].size(int(i)));
        if (in[k].size(int(i)) == 0) sizes[std::size_t(c)] = 0;
      }
    }
    Shape shape = Shape::filled(int(output.size())), all = Shape::filled(int(letters.size()));
    for (int i = 0; i < shape.rank(); ++i) shape[i] = sizes[std::size_t(output[std::size_t(i)])];
    for (int i = 0; i < all.rank(); ++i) all[i] = sizes[std::size_t(letters[std::size_t(i)])];
    std::vector<double> sums(std::size_t(shape.numel()), 0);
    const std::int64_t inner = shape.numel() ? all.numel() / shape.numel() : 0;
    for (std::int64_t flat = 0; flat < all.numel(); ++flat) {
      Coordinates index(letters.size());
      for (std::int64_t rest = flat, i = all.rank() - 1; i >= 0; --i) {
        index[std::size_t(i)] = rest % all[int(i)];
        rest /= all[int(i)];
      }
      double product = 1;
      for (std::size_t k = 0; k < operands.size(); ++k) {
        Coordinates own;
        for (std::size_t i = 0; i < operands[k].size(); ++i)
          own.push_back(in[k].size(int(i)) == 1 ? 0 : index[letters.find(operands[k][i])]);
        product *= at(in[k], place_of(own, in[k].shape()));
      }
      sums[std::size_t(flat / inner)] += product;
    }
    return build(shape, float64, [&](std::int64_t i) { return sums[std::size_t(i)]; });
  };
}

check::Row contraction(const std::string& equation, std::vector<check::Sample> samples) {
  return {.name = "einsum, " + equation,
          .function = [equation](const Tensors& in) { return einsum(equation, in); },
          .reference = plain_einsum(equation),
          .samples = std::move(samples),
          .propagates_nan = false,
          .infinities = false,
          .extremes = false};
}

const Register contractions({
    {.name = "einsum",
     .function =
         [](const Tensors& in) {
           return einsum("ij, jk", {in[0], in[1]});
         },
     .reference = plain_einsum("ij,jk->ik"),
     .samples = {{reals({2, 3}), reals({3, 4})}, {reals({2, 0}), reals({0, 4})}},
     .errors =
         {{{reals({2, 3}), reals({2, 3})}, "einsum: 'j' is 3 in operand 0 and 2 in operand 1"},
          {{reals({2}), reals({2, 3})},
           "einsum: operand 0 has the shape (2,), the text names 2 axes"},
          {{integers({2, 3}, 0, 1), reals({3, 2})}, "einsum: needs floating dtypes, got int64"},
          {[] {
             return einsum("ij,jk", {ones({2, 2})});
           },
           "einsum: \"ij,jk\": names 2 operands, there are 1"},
          {[] {
             return einsum("i1->i", {ones({2, 2})});
           },
           "einsum: \"i1->i\": '1' names no axis"},
          {[] {
             return einsum("ij->k", {ones({2, 2})});
           },
           "einsum: \"ij->k\": the result's 'k' is no operand's"},
          {[] {
             return einsum("ij->ii", {ones({2, 2})});
           },
           "einsum: \"ij->ii\": the result has 'i' twice"},
          {[] {
             return einsum("...i...->i", {ones({2, 2})});
           },
           "einsum: \"...i...->i\": \"...\" comes twice for one operand"},
          {[] {
             return einsum("...ii->...i", {ones({2, 3, 4})});
           },
           "einsum: axes 'i' of operand 0 have sizes 3 and 4"},
          {[] {
             return einsum("...i,...i", {ones({2, 3}), ones({4, 3})});
           },
           "einsum: axis -1 of ... is 2 in operand 0 and 4 in operand 1"}},
     .infinities = false,
     .extremes = false},
    contraction("bij,bjk->bik",
                {{reals({2, 2, 3}), reals({2, 3, 2})}, {reals({0, 2, 3}), reals({0, 3, 2})}}),
    contraction("ij,j->i", {{reals({2, 3}), reals({3})}}),
    contraction("i,j->ij", {{reals({2}), reals({3})}}),
    contraction("i,i->", {{reals({3}), reals({3})}}),
    contraction("ij->ji", {{reals({2, 3})}}),
    contraction("ij->", {{reals({2, 3})}, {reals({0, 3})}}),
    contraction("ii->i", {{reals({3, 3})}}),
    contraction("ii->", {{reals({3, 3})}}),
    contraction("ii...->i...", {{reals({3, 3, 2})}}),
    contraction("...ii->...i", {{reals({2, 3, 3})}}),
    contraction("iji,j->", {{reals({2, 3, 2}), reals({3})}}),
    contraction("...i,i->...", {{reals({2, 3}), reals({3})}}),
    contraction("...i,...i->i", {{reals({1, 3}), reals({2, 3})}}),
    contraction("...i,...j->...ij", {{reals({2, 2}), reals({1, 3})}}),
    contraction("ij,ik,il->jkl", {{reals({2, 2}), reals({2, 3}), reals({2, 2})}}),
    contraction("ab,bc,cd,d->a", {{reals({2, 3}), reals({3, 2}), reals({2, 3}), reals({3})}}),
    contraction("bhqd,bhkd->bhqk", {{reals({1, 2, 2, 3}), reals({1, 2, 3, 3})}}),
    contraction("ij,kl->ik", {{reals({2, 3}), reals({3, 2})}}),
    contraction("a,b,c,d,e,f,g,h,a->h",
                {{reals({2}), reals({1}), reals({2}), reals({1}), reals({1}), reals({1}),
                  reals({1}), reals({2}), reals({2})}}),
});

}  // namespace

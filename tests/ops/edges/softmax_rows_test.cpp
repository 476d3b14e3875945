// Softmax and its family in rows of any length and number, which are computed alone or some
// together, beside plain loops.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "support/catch_compat.hpp"

namespace {

using namespace cinta;
using Numbers = std::vector<long double>;

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 nan = std::numeric_limits<double>::quiet_NaN();

// Shares and their logarithms, as softmax.hpp says of infinite elements.
struct Row {
  Numbers share, log_share;
  long double total;  // log(sum(exp(x)))

  explicit Row(const std::vector<double>& x) {
    const bool is_number = std::none_of(x.begin(), x.end(), [](double v) { return v != v; });
    const double top = is_number ? *std::max_element(x.begin(), x.end()) : nan;
    long double sum = 0;
    for (const double v : x)
      sum += top == infinity ? (long double)(v == infinity) : std::exp((long double)v - top);
    for (const double v : x) {
      const long double power =
          top == infinity ? (long double)(v == infinity) : std::exp((long double)v - top);
      share.push_back(power / sum);
      log_share.push_back(top == infinity && v == infinity ? -std::log(sum)
                          : top == infinity                ? (long double)-infinity
                                            : ((long double)v - top) - std::log(sum));
    }
    total = top + std::log(sum);
    if (top != -infinity) return;
    total = -infinity;
    std::fill(share.begin(), share.end(), nan);
    std::fill(log_share.begin(), log_share.end(), nan);
  }
};

// Whether a is b, to a few roundings of what b was made from.
bool is_near(double a, long double b, double epsilon, double size = 1) {
  if (b != b) return a != a;
  if (std::isinf(b)) return a == b;
  return std::fabs(a - b) <= 8 * epsilon * (std::fabs(double(b)) + size);
}

std::vector<double> values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

// Random rows, of which some have what is not finite.
Tensor draw(std::int64_t rows, std::int64_t n, Dtype dtype) {
  Tensor x = to(randn({rows, n}) * 5.0, dtype);
  for (std::int64_t i = 3; i < rows; i += 7) {
    const Tensor row = select(x, 0, i);
    switch (i / 7 % 6) {
      case 0: fill_(row, -infinity); break;
      case 1: fill_(select(row, 0, n / 2), infinity); break;
      case 2: fill_(select(row, 0, n - 1), nan); break;
      case 3: fill_(select(row, 0, 0), -infinity); break;
      case 4:
        fill_(select(row, 0, 0), infinity);
        fill_(select(row, 0, n - 1), nan);
        break;
      default: fill_(row, infinity);
    }
  }
  return x;
}

Tensor gradient(const Tensor& y, const Tensor& x, const Tensor& dy) {
  return grad({y}, {x}, {.grad_outputs = {dy}})[0];
}

bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = contiguous(a), y = contiguous(b);
  return x.shape() == y.shape() && std::memcmp(x.impl()->array().memory, y.impl()->array().memory,
                                               std::size_t(x.numel()) * size_of(x.dtype())) == 0;
}

}  // namespace

TEST_CASE("softmax, its logarithm and cross entropy of rows of any length") {
  manual_seed(8);
  for (const Dtype dtype : {float32, float64}) {
    const double epsilon = dtype == float32 ? 0x1p-23 : 0x1p-52;
    for (const std::int64_t n : {1, 2, 3, 7, 8, 15, 16, 17, 33, 100}) {
      for (const std::int64_t rows : {1, 15, 16, 17, 63, 64, 65, 130, 3000}) {
        CAPTURE(name_of(dtype), n, rows);
        const Tensor x = draw(rows, n, dtype).requires_grad_(), labels = randint(0, n, {rows});
        const Tensor dy = to(randn({rows, n}), dtype), dloss = to(randn({rows}), dtype);
        const Tensor y = softmax(x, -1), l = log_softmax(x, -1),
                     loss = cross_entropy(x, labels, {.reduction = Reduction::none});
        const auto of_x = values(x), of_y = values(y), of_l = values(l),
                   of_sum = values(logsumexp(x, -1)), of_loss = values(loss), g = values(dy),
                   weight = values(dloss), of_dy = values(gradient(y, x, dy)),
                   of_dl = values(gradient(l, x, dy)), of_dloss = values(gradient(loss, x, dloss));
        const auto label = labels.to_vector<std::int64_t>();
        std::int64_t wrong = 0;
        for (std::int64_t i = 0; i < rows; ++i) {
          const auto first = std::size_t(i * n);
          const Row row(std::vector<double>(of_x.begin() + i * n, of_x.begin() + (i + 1) * n));
          const bool finite = std::isfinite(double(row.total));
          long double mean = 0, total = 0, absolute = 0;
          for (std::size_t k = 0; k < std::size_t(n); ++k) {
            mean += row.share[k] * g[first + k];
            total += g[first + k];
            absolute += std::fabs(g[first + k]);
          }
          const double size = double(absolute);
          wrong += !is_near(of_sum[std::size_t(i)], row.total, epsilon, 30);
          const auto at = std::size_t(label[std::size_t(i)]);
          wrong += !is_near(of_loss[std::size_t(i)], -row.log_share[at], epsilon, 30);
          for (std::size_t k = 0; k < std::size_t(n); ++k) {
            wrong += !is_near(of_y[first + k], row.share[k], epsilon, 0.1);
            wrong += !is_near(of_l[first + k], row.log_share[k], epsilon, 30);
            if (!finite) continue;
            const long double share = row.share[k], v = g[first + k];
            wrong += !is_near(of_dy[first + k], share * (v - mean), epsilon, size);
            wrong += !is_near(of_dl[first + k], v - share * total, epsilon, 10 * size);
            const long double slope = weight[std::size_t(i)] * (share - (k == at));
            wrong += !is_near(of_dloss[first + k], slope, epsilon, 10);
          }
        }
        CHECK(wrong == 0);
      }
    }
  }
}

TEST_CASE("a row gets the same bits alone and among others") {
  manual_seed(9);
  for (const Dtype dtype : {float32, float64}) {
    for (const std::int64_t n : {1, 2, 5, 10, 16, 17}) {
      const Tensor x = draw(100, n, dtype), labels = randint(0, n, {100});
      const auto all_of = [](const Tensor& rows, const Tensor& ids) {
        const Tensor in = rows.detach().requires_grad_(), w = square(rows);
        const Tensor y = softmax(in, -1), l = log_softmax(in, -1),
                     loss = cross_entropy(in, ids, {.reduction = Reduction::none});
        return Tensors{y,
                       l,
                       unsqueeze(loss, 1),
                       logsumexp(in, -1, keepdims),
                       gradient(y, in, w),
                       gradient(l, in, w),
                       gradient(loss, in, select(w, 1, 0))};
      };
      const Tensors together = all_of(x, labels);
      for (const auto& [begin, count] :
           {std::pair<std::int64_t, std::int64_t>{0, 1}, {17, 1}, {37, 5}, {63, 2}, {99, 1}}) {
        const Tensors some = all_of(narrow(x, 0, begin, count), narrow(labels, 0, begin, count));
        for (std::size_t k = 0; k < some.size(); ++k) {
          CAPTURE(name_of(dtype), n, begin, count, k);
          CHECK(same_bits(some[k], narrow(together[k], 0, begin, count)));
        }
      }
    }
  }
}

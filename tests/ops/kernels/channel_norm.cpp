// Norms of channels against the definition, for planes and sets of many sizes.

#include <cinta/ops/kernels/norm/channel_norm.hpp>

#include "ops/kernels/arrays.hpp"

namespace arrays {

using kernels::ChannelNorm;

void check(const ChannelNorm& n, Dtype dtype, double centre) {
  const Shape shape{n.batch, n.channels, n.plane}, per_channel{n.channels};
  const std::int64_t sets = n.groups ? n.batch * n.groups : n.channels;
  CAPTURE(shape.str(), n.groups, name_of(dtype), centre);
  Block x(shape, dtype), dy(shape, dtype), w(per_channel, dtype), b(per_channel, dtype),
      y(shape, dtype), statistics({4, sets}, float64), dx(shape, dtype), dw(per_channel, dtype),
      db(per_channel, dtype);
  x.randomize(centre - 2, centre + 2), dy.randomize(), w.randomize(), b.randomize();
  const auto channel = [&](std::int64_t i) { return i / n.plane % n.channels; };
  const auto set = [&](std::int64_t i) {
    if (!n.groups) return std::size_t(channel(i));
    return std::size_t(i / n.plane / n.channels * n.groups + channel(i) / (n.channels / n.groups));
  };
  using Sums = std::vector<long double>;
  const long double size = (long double)x.numel() / (long double)sets;
  Sums means(std::size_t(sets), 0), variances = means, slopes = means, products = means,
                                    of_w(std::size_t(n.channels), 0), of_b = of_w;
  for (std::int64_t i = 0; i < x.numel(); ++i) means[set(i)] += x.get(i) / size;
  for (std::int64_t i = 0; i < x.numel(); ++i)
    variances[set(i)] += std::pow(x.get(i) - means[set(i)], 2) / size;
  const auto scale = [&](std::int64_t i) { return 1 / std::sqrt(variances[set(i)] + n.eps); };
  const auto normal = [&](std::int64_t i) { return (x.get(i) - means[set(i)]) * scale(i); };
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    slopes[set(i)] += dy.get(i) * w.get(channel(i)) / size;
    products[set(i)] += dy.get(i) * w.get(channel(i)) * normal(i) / size;
    of_w[std::size_t(channel(i))] += dy.get(i) * normal(i);
    of_b[std::size_t(channel(i))] += dy.get(i);
  }
  const double unit = epsilon_of(dtype);
  const auto within = [&](const Block& found, const auto& wanted, double error) {
    return wrong(
               found, [&](std::int64_t i) { return double(wanted(i)); },
               [&](std::int64_t) { return error * unit; }) == 0;
  };
  const Array weight = w, bias = b, found = statistics, to_dx = dx, to_dw = dw, to_db = db;
  REQUIRE(same_for_threads(y, [&] { kernels::channel_norm(n, x, &weight, &bias, y, found); }));
  REQUIRE(within(
      y, [&](std::int64_t i) { return normal(i) * w.get(channel(i)) + b.get(channel(i)); }, 200));
  for (std::int64_t i = 0; i < sets; ++i) {
    const auto of = std::size_t(i);
    REQUIRE(std::fabs(statistics.get(i) - means[of] + statistics.get(sets + i)) <= 20 * unit);
    REQUIRE(std::fabs(statistics.get(2 * sets + i) - double(variances[of])) <= 200 * unit);
    const double factor = 1 / std::sqrt(double(variances[of]) + n.eps);
    REQUIRE(std::fabs(statistics.get(3 * sets + i) - factor) <= 200 * unit * factor);
  }
  REQUIRE(same_for_threads(dx, [&] {
    kernels::channel_norm_backward(n, x, found, &weight, dy, {&to_dx, &to_dw, &to_db});
  }));
  REQUIRE(within(
      dx,
      [&](std::int64_t i) {
        return scale(i) *
               (dy.get(i) * w.get(channel(i)) - slopes[set(i)] - normal(i) * products[set(i)]);
      },
      1000));
  const double terms = double(n.batch * n.plane);
  REQUIRE(within(
      dw, [&](std::int64_t i) { return of_w[std::size_t(i)]; }, 60 * terms));
  REQUIRE(within(
      db, [&](std::int64_t i) { return of_b[std::size_t(i)]; }, 20 * terms));
}

TEST_CASE("norms of channels agree with the definition") {
  for (const Dtype dtype : {float32, float64}) {
    for (const double centre : {0.0, 1000.0}) {
      for (const std::int64_t plane : {4, 15, 16, 17, 33, 49, 700, 1024, 2050}) {
        check({3, 4, plane, 0, 1e-3}, dtype, centre);
        check({2, 6, plane, 2, 1e-3}, dtype, centre);
        check({2, 3, plane, 3, 1e-3}, dtype, centre);
      }
    }
    check({5, 64, 56 * 56, 0, 1e-5}, dtype, 1);
  }
}

}  // namespace arrays

#include <cinta/train/detail/metric_checks.hpp>
#include <cinta/train/detail/statistics/moments.hpp>
#include <cinta/train/metrics/mean_std.hpp>

namespace cinta::train {

MeanStd mean_std(std::span<const double> values) {
  detail::check("mean_std", values);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isinf(values[i]))
      detail::refuse("mean_std", "value " + std::to_string(i) + " is infinite");
  const detail::Moments m = detail::moments(values);
  if (values.size() < 2) return {m.mean, 0};
  const auto n = static_cast<double>(values.size());
  return {m.mean, detail::Scaled{m.std.value * std::sqrt(n / (n - 1)), m.std.exponent}.get()};
}

}  // namespace cinta::train

#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/optim/option.hpp>
#include <cmath>

namespace cinta::optim {

void check_option(const char* optimizer, const char* option, bool ok, const char* rule,
                  double value, const Site& site) {
  if (ok && std::isfinite(value)) return;
  throw ValueError(std::string(optimizer) + ": " + option + " must " + (ok ? "be finite" : rule) +
                       ", got " + cinta::detail::text_of(value),
                   site);
}

void check_option(const char* optimizer, const char* option, Range range, double value,
                  const Site& site) {
  const auto check = [&](bool ok, const char* rule) {
    check_option(optimizer, option, ok, rule, value, site);
  };
  switch (range) {
    case Range::any: return check(true, "");
    case Range::infinite:
      return check_option(optimizer, option, !std::isnan(value), "be a number",
                          std::isinf(value) ? 0 : value, site);
    case Range::not_negative: return check(value >= 0, "not be negative");
    case Range::positive: return check(value > 0, "be positive");
    case Range::fraction: return check(value >= 0 && value < 1, "lie in [0, 1)");
    case Range::count:
      return check(value >= 1 && value == std::floor(value), "be a whole number, at least 1");
  }
}

void check_options(const char* optimizer, std::span<const OptionField> fields, const void* options,
                   const Site& site) {
  for (const OptionField& field : fields)
    check_option(optimizer, field.name, field.range, field.get(options), site);
}

}  // namespace cinta::optim

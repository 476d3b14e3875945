#pragma once
// Options by name: what schedules drive, states save and errors name.

#include <cinta/autograd/core/site.hpp>
#include <cstdint>
#include <span>
#include <type_traits>

#pragma GCC visibility push(default)
namespace cinta::optim {

/// The values that an option may have.
enum class Range {
  any,           ///< finite
  infinite,      ///< anything but NaN
  not_negative,  ///< at least 0 and finite
  positive,      ///< above 0 and finite
  fraction,      ///< in [0, 1)
  count,         ///< a whole number, at least 1
};

/// An option of a struct: how it is called, what it may be, how it is read and written. All are
/// numbers; a flag is 0 or 1.
struct OptionField {
  const char* name;
  Range range;
  double (*get)(const void* options);
  void (*set)(void* options, double value);
};

namespace detail {
template <class Options, class T>
struct MemberOf {
  using Struct = Options;
  using Type = T;
  constexpr MemberOf(T Options::*) {}
};
}  // namespace detail

/// A row of a table of options: `option_field<&SGDOptions::lr>("lr", Range::not_negative)`. The
/// member is a double, a bool, an integer or an enumeration.
template <auto member>
constexpr OptionField option_field(const char* name, Range range = Range::any) {
  using Of = decltype(detail::MemberOf(member));
  return {name, range,
          [](const void* options) {
            return double(static_cast<const typename Of::Struct*>(options)->*member);
          },
          [](void* options, double value) {
            typename Of::Type& of = static_cast<typename Of::Struct*>(options)->*member;
            if constexpr (std::is_same_v<typename Of::Type, bool>)
              of = value != 0;
            else
              of = typename Of::Type(value);
          }};
}

/// The table of a struct of options: `static std::span<const OptionField> fields()`, if it has one.
/// Options without a row are its own business: not checked, not saved.
template <class Options>
std::span<const OptionField> fields_of() {
  if constexpr (requires { Options::fields(); })
    return Options::fields();
  else
    return {};
}

/// Throws ValueError "<optimizer>: <option> must <rule>, got <value>" unless `ok`, and for a value
/// that is not finite.
void check_option(const char* optimizer, const char* option, bool ok, const char* rule,
                  double value, const Site& site);
/// The same for a range.
void check_option(const char* optimizer, const char* option, Range range, double value,
                  const Site& site);
/// The same for all options of a struct.
void check_options(const char* optimizer, std::span<const OptionField> fields, const void* options,
                   const Site& site);

}  // namespace cinta::optim
#pragma GCC visibility pop

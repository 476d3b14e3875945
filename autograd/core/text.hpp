#pragma once
// How messages write numbers.

#include <string>

#pragma GCC visibility push(default)
namespace cinta::detail {

/// As one would write it: "-1", "0.1", "1e+30", "nan".
std::string text_of(double value);

}  // namespace cinta::detail
#pragma GCC visibility pop

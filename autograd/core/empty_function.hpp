#pragma once
// A function that a user hands over may be kept for later: an empty one is refused where it is
// given, since nobody could tell later where it came from.

#include <cinta/autograd/core/site.hpp>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta::detail {

template <class F>
bool is_empty(const F&) {
  return false;
}
template <class Signature>
bool is_empty(const std::function<Signature>& fn) {
  return !fn;
}
template <class R, class... A>
bool is_empty(R (*fn)(A...)) {
  return !fn;
}

[[noreturn]] void refuse_empty(const char* who, const char* what, const Site& site);

/// Throws ValueError "<who>: <what> is an empty function" if it is one.
template <class F>
void check_not_empty(const char* who, const char* what, const F& fn, const Site& site = {}) {
  if (is_empty(fn)) refuse_empty(who, what, site);
}

}  // namespace cinta::detail
#pragma GCC visibility pop

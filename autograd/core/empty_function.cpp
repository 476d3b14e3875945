#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>

namespace cinta::detail {

void refuse_empty(const char* who, const char* what, const Site& site) {
  throw ValueError(
      std::string(who) + ": " + what + " is an empty function; give one that can be called", site);
}

}  // namespace cinta::detail

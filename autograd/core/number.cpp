#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/number.hpp>

namespace cinta {

void Number::refuse(std::uint64_t value, const Site& site) {
  throw ValueError("the number " + std::to_string(value) +
                       " is beyond int64; convert it to std::int64_t or double, whichever is meant",
                   SiteScope::resolve(site));
}

}  // namespace cinta

#include <charconv>
#include <cinta/autograd/core/text.hpp>

namespace cinta::detail {

std::string text_of(double value) {
  if (value != value) return "nan";  // whatever its sign bit
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

}  // namespace cinta::detail

#include <charconv>
#include <cinta/autograd/core/text.hpp>
#include <mutex>
#include <unordered_set>

namespace cinta::detail {

std::string text_of(double value) {
  if (value != value) return "nan";  // whatever its sign bit
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

// After a mismatch the last star takes one character more.
bool fits(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, star = pattern.npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != pattern.npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

const char* intern(const std::string& text) {
  static std::mutex mutex;
  static auto* texts = new std::unordered_set<std::string>;
  const std::lock_guard lock(mutex);
  return texts->insert(text).first->c_str();
}

}  // namespace cinta::detail

#include <cinta/autograd/core/error.hpp>
#include <cinta/nn/penalty.hpp>

namespace cinta::nn {
namespace {

// `*` is any text, `?` one character. After a mismatch the last star takes one character more.
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

}  // namespace

Tensors matching(const NamedTensors& named, std::string_view pattern, bool skip_biases, Site site) {
  Tensors found;
  for (const auto& [name, tensor] : named) {
    const bool bias = name == "bias" || name.ends_with(".bias");
    if (fits(name, pattern) && !(skip_biases && bias)) found.push_back(tensor);
  }
  if (found.empty()) {
    std::string names;
    for (const auto& [name, tensor] : named) names += (names.empty() ? "" : ", ") + name;
    throw ValueError("matching: no name fits \"" + std::string(pattern) + "\"" +
                         (skip_biases ? " without biases" : "") + "; there are: " + names,
                     site);
  }
  return found;
}

}  // namespace cinta::nn

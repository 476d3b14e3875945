#include <cinta/autograd/core/error.hpp>
#include <cstring>

namespace cinta {

std::string Site::str() const {
  const char* slash = std::strrchr(file, '/');
  std::string text = module && *module ? std::string(module) + ", " : std::string();
  return text + (slash ? slash + 1 : file) + ":" + std::to_string(line);
}

Error::Error(const std::string& what, const Site& site)
    : std::runtime_error(what + " [" + SiteScope::resolve(site).str() + "]") {}

}  // namespace cinta

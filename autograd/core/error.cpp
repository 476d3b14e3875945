#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cstring>

namespace cinta {

std::string Site::str() const {
  const char* slash = std::strrchr(file, '/');
  std::string text = module && *module ? std::string(module) + ", " : std::string();
  return text + (slash ? slash + 1 : file) + ":" + std::to_string(line);
}

namespace {

std::string memory_text(std::size_t bytes, const std::string& what, std::int64_t in_use) {
  return "out of memory: " + std::to_string(bytes) + " bytes" + what + ", with " +
         std::to_string(in_use) + " in use";
}

thread_local constinit const char* reported_name = nullptr;

// "inv: (2, 2) is singular" under the name that is to be reported.
std::string renamed(const std::string& text) {
  const std::size_t colon = text.find(": ");
  if (!reported_name || colon == std::string::npos) return text;
  return reported_name + text.substr(colon);
}

std::string named(const char* op, const std::string& text, const Site& site) {
  return std::string(reported_name ? reported_name : op) + ": " + text + " [" +
         SiteScope::resolve(site).str() + "]";
}

}  // namespace

NameScope::NameScope(const char* name) : previous_(reported_name) {
  if (!reported_name) reported_name = name;
}
NameScope::~NameScope() { reported_name = previous_; }
const char* NameScope::active() { return reported_name; }

MemoryError::MemoryError(std::size_t bytes, std::int64_t in_use)
    : in_use_(in_use), text_(memory_text(bytes, "", in_use)) {}

MemoryError::MemoryError(const MemoryError& unnamed, const char* op, const Site& site)
    : in_use_(unnamed.in_use_), named_(true), text_(named(op, unnamed.what(), site)) {}

MemoryError::MemoryError(const MemoryError& unnamed, const char* op, std::size_t bytes,
                         const std::string& tensor, const Site& site)
    : in_use_(unnamed.in_use_),
      named_(true),
      text_(named(op, memory_text(bytes, " for " + tensor, in_use_), site)) {}

Error::Error(const std::string& what, const Site& site)
    : std::runtime_error(renamed(what) + " [" + SiteScope::resolve(site).str() + "]") {}

}  // namespace cinta

#include <cinta/autograd/core/warning.hpp>
#include <cstdio>
#include <mutex>
#include <utility>

namespace cinta {
namespace {

struct Channel {
  std::mutex mutex;
  WarningHandler handler = [](const std::string& text) {
    std::fputs(("cinta: " + text + "\n").c_str(), stderr);
  };
};

Channel& channel() {
  static auto* const only = new Channel;  // for ever: destructors of globals may warn
  return *only;
}

}  // namespace

WarningHandler set_warning_handler(WarningHandler handler) {
  const std::lock_guard lock(channel().mutex);
  return std::exchange(channel().handler, std::move(handler));
}

void warn(const std::string& text, const Site& site) {
  WarningHandler handler;
  {
    const std::lock_guard lock(channel().mutex);
    handler = channel().handler;  // which may warn itself, or be exchanged meanwhile
  }
  if (handler) handler(text + " [" + SiteScope::resolve(site).str() + "]");
}

}  // namespace cinta

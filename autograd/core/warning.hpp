#pragma once
// Warnings: what is no error and yet hardly ever meant.

#include <cinta/autograd/core/site.hpp>
#include <functional>
#include <string>

#pragma GCC visibility push(default)
namespace cinta {

/// Takes one line of text, without its end.
using WarningHandler = std::function<void(const std::string& text)>;

/// Hands all further warnings, of all threads, to `handler`, and returns the handler before. At
/// first they go to the standard error stream; an empty handler drops them.
WarningHandler set_warning_handler(WarningHandler handler);

/// Warns with `text` and the place " [module, file:line]".
void warn(const std::string& text, const Site& site);

}  // namespace cinta
#pragma GCC visibility pop

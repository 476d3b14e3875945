#pragma once
// How messages write numbers, names that fit patterns, and names that last.

#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace cinta::detail {

/// As one would write it: "-1", "0.1", "1e+30", "nan".
std::string text_of(double value);

/// Whether a name fits a pattern, in which `*` is any text and `?` one character.
bool fits(std::string_view name, std::string_view pattern);

/// The text at a place where it lies for ever, each text once: nodes, storages and errors keep
/// names as plain pointers.
const char* intern(const std::string& text);

}  // namespace cinta::detail
#pragma GCC visibility pop

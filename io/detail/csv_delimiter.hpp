#pragma once
// Private to reading and writing CSV: what can delimit its fields.

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/text.hpp>

#include <string>
#include <string_view>

namespace cinta::io::detail {

/// Those that are found in a file where none is given.
inline constexpr std::string_view found_delimiters = ",;\t|";

/// Throws ValueError, in the name of a function, for what cannot.
inline void check_delimiter(const char* function, char delimiter) {
  if (std::string_view("\n\r\" ").find(delimiter) == std::string_view::npos) return;
  throw ValueError(std::string(function) + ": delimiter " + quoted({&delimiter, 1}) +
                   " would not separate fields");
}

}  // namespace cinta::io::detail

#pragma once
// JSON that is written, a line or a script's data.

#include <string>

namespace cinta::train::detail {

/// A JSON string with its quotes. Control characters are escaped, and so is '<', so that no text
/// ends the script element that it stands in.
std::string json(const std::string& text);
/// The shortest number that reads back the same; null for what JSON has no number for.
std::string json(double number);

}  // namespace cinta::train::detail

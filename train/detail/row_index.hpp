#pragma once
// A row that a caller names, as a position.

#include <cinta/autograd/core/error.hpp>
#include <cstdint>
#include <string>

namespace cinta::train::detail {

/// Throws ValueError for a row that is none of `rows` rows.
inline std::size_t index_of(const char* who, std::int64_t row, std::size_t rows) {
  if (row < 0 || row >= std::int64_t(rows))
    throw ValueError(std::string(who) + ": row " + std::to_string(row) + " is none of the " +
                     std::to_string(rows) + " rows");
  return std::size_t(row);
}

}  // namespace cinta::train::detail

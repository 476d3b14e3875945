#pragma once
// Student's t distribution.

namespace cinta::train::detail {

/// The value that |t| stays below with probability `confidence`, for a positive number of degrees
/// of freedom: 12.706 for 0.95 and one, 1.96 for 0.95 and very many.
double student_quantile(double confidence, double degrees);

}  // namespace cinta::train::detail

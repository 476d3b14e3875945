#pragma once
// Dates as numbers.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Days since 1970-01-01 of "2024-02-29", "2024-02-29 18:30", "2024-02-29T18:30:15.25Z" (ISO 8601
/// in the proleptic Gregorian calendar, without time zones but Z); none for anything else, such as
/// a day that its month does not have.
std::optional<double> parse_date(std::string_view text);

/// What a date says: days since 1970, and by sine and cosine, which know that December and January
/// are neighbours, the time of year (a year of 365.2425 days), the day of the week and the time of
/// day.
std::vector<double> date_features(double days);

/// Their names: "days", "year sin", "year cos", "week sin", ...
const std::vector<std::string>& date_feature_names();

}  // namespace cinta::train
#pragma GCC visibility pop

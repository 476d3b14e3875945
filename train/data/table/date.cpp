#include <charconv>
#include <chrono>
#include <cinta/train/data/table/date.hpp>
#include <cmath>
#include <numbers>

namespace cinta::train {
namespace {

/// A number of exactly `digits` digits, taken off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return {};
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// Hours, minutes and perhaps seconds as a share of the day.
std::optional<double> take_time(std::string_view& text) {
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return {};
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return {};
  double seconds = *hours * 3600.0 + *minutes * 60;
  if (take(text, ':')) {
    const auto whole = take_number(text, 2);
    if (!whole || *whole > 60) return {};  // a leap second is the next day's first
    seconds += *whole;
    if (!text.empty() && text.front() == '.') {
      double fraction = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fraction,
                                                std::chars_format::fixed);
      if (error != std::errc() || end == text.data() + 1) return {};
      text.remove_prefix(std::size_t(end - text.data()));
      seconds += fraction;
    }
  }
  return seconds / 86400;
}

}  // namespace

std::optional<double> parse_date(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return {};
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return {};
  const auto day = take_number(text, 2);
  if (!day) return {};
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(unsigned(*month)),
                                         std::chrono::day(unsigned(*day))};
  if (!date.ok()) return {};
  double days = double(std::chrono::sys_days(date).time_since_epoch().count());
  if (take(text, 'T') || take(text, ' ')) {
    const auto time = take_time(text);
    if (!time) return {};
    days += *time;
    take(text, 'Z');
  }
  if (!text.empty()) return {};
  return days;
}

std::vector<double> date_features(double days) {
  std::vector<double> features{days};
  for (const double period : {365.2425, 7.0, 1.0}) {
    const double angle = 2 * std::numbers::pi * (days / period - std::floor(days / period));
    features.push_back(std::sin(angle));
    features.push_back(std::cos(angle));
  }
  return features;
}

const std::vector<std::string>& date_feature_names() {
  static const std::vector<std::string> names{"days",     "year sin", "year cos", "week sin",
                                              "week cos", "day sin",  "day cos"};
  return names;
}

}  // namespace cinta::train

#include <charconv>
#include <cinta/train/detail/state_text.hpp>
#include <string_view>
#include <type_traits>

namespace cinta::train::detail {

namespace {

template <class T>
std::string spelled(T number) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string to_text(const optim::StateValue& value) {
  return std::visit(
      []<class T>(const T& x) -> std::string {
        if constexpr (std::is_same_v<T, double>) {
          return "number " + spelled(x);
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
          return "whole " + spelled(x);
        } else if constexpr (std::is_same_v<T, bool>) {
          return x ? "flag true" : "flag false";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return "text " + x;
        } else {
          std::string text = "numbers";
          for (const double each : x) text += " " + spelled(each);
          return text;
        }
      },
      value);
}

std::optional<optim::StateValue> from_text(const std::string& text) {
  if (text == "numbers") return std::vector<double>{};
  const std::size_t space = text.find(' ');
  if (space == text.npos) return std::nullopt;
  const std::string_view kind = std::string_view(text).substr(0, space);
  std::string_view rest = std::string_view(text).substr(space + 1);
  if (kind == "text") return std::string(rest);
  if (kind == "flag" && (rest == "true" || rest == "false")) return rest == "true";
  if (kind == "number") return number<double>(rest);
  if (kind == "whole") return number<std::int64_t>(rest);
  if (kind != "numbers") return std::nullopt;
  std::vector<double> all;
  for (;;) {
    const std::size_t end = rest.find(' ');
    const std::optional<double> next = number<double>(rest.substr(0, end));
    if (!next) return std::nullopt;
    all.push_back(*next);
    if (end == rest.npos) return all;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace cinta::train::detail

#include <charconv>
#include <cinta/train/detail/text_list.hpp>
#include <string_view>

namespace cinta::train::detail {

std::string join_texts(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += std::to_string(text.size()) + ":" + text;
  return joined;
}

std::optional<std::vector<std::string>> split_texts(const std::string& joined) {
  std::vector<std::string> texts;
  std::string_view rest = joined;
  while (!rest.empty()) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
    if (error != std::errc() || end == rest.data() + rest.size() || *end != ':') return {};
    rest.remove_prefix(std::size_t(end - rest.data()) + 1);
    if (size > rest.size()) return {};
    texts.emplace_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return texts;
}

}  // namespace cinta::train::detail

#include <algorithm>
#include <cinta/io/text.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace cinta::io {

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    const bool c1 = c == 0xC2 && next >= 0x80 && next <= 0x9F;
    if (c >= 32 && c != 127 && !c1) {
      out += text[i];
      continue;
    }
    char code[8];
    std::snprintf(code, sizeof code, "\\x%02x", c1 ? next : c);
    out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : code;
    i += c1;
  }
  return out;
}

bool is_utf8(std::string_view text) {
  try {
    nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::string to_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::string_view character = text.substr(i, c < 0x80   ? 1
                                                      : c < 0xE0 ? 2
                                                      : c < 0xF0 ? 3
                                                                 : 4);
    if (is_utf8(character)) {
      out += character;
      i += character.size();
      continue;
    }
    char code[8];
    std::snprintf(code, sizeof code, "\\x%02x", c);
    out += code;
    ++i;
  }
  return out;
}

std::string_view beginning(std::string_view text, std::size_t bytes) {
  std::size_t size = std::min(text.size(), bytes);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  return text.substr(0, size);
}

std::string quoted(std::string_view text) {
  const std::string_view shown = beginning(text, 40);
  return "'" + escaped(shown) + (shown.size() < text.size() ? "...'" : "'");
}

}  // namespace cinta::io

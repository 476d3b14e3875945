#include <algorithm>
#include <cinta/io/text.hpp>
#include <cstdint>
#include <cstdio>

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
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int length = first < 0x80            ? 1
                       : first >> 5 == 0b110   ? 2
                       : first >> 4 == 0b1110  ? 3
                       : first >> 3 == 0b11110 ? 4
                                               : 0;
    if (length == 0 || text.size() - i < std::size_t(length)) return false;
    std::uint32_t code = length == 1 ? first : first & (0x7Fu >> length);
    for (int k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + std::size_t(k)]);
      if (next >> 6 != 0b10) return false;
      code = code << 6 | (next & 0x3Fu);
    }
    // The shortest way to write it, no half of a pair, and nothing beyond Unicode.
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF) return false;
    i += std::size_t(length);
  }
  return true;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::size_t size = std::min(text.size(), longest);
  // Do not cut a UTF-8 character in two.
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  return "'" + escaped(text.substr(0, size)) + (size < text.size() ? "...'" : "'");
}

}  // namespace cinta::io

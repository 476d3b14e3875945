#pragma once
// Archives by hand, so that each rule of the format can be broken.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct ZipEntry {
  std::string name, data;
  std::uint16_t method = 0, flags = 0;
  std::optional<std::uint32_t> crc = {}, size = {}, packed = {};  // else the right ones
};

inline std::uint32_t crc_of(const std::string& data) {
  std::uint32_t crc = ~0u;
  for (const char c : data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

inline std::string zip_bytes(const std::vector<ZipEntry>& entries) {
  std::string out, directory;
  const auto number = [](std::string& to, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i));
  };
  for (const ZipEntry& entry : entries) {
    std::string common;
    number(common, 20, 2);
    number(common, entry.flags, 2);
    number(common, entry.method, 2);
    number(common, 0x210000, 4);  // a time and a date
    number(common, entry.crc.value_or(crc_of(entry.data)), 4);
    number(common, entry.packed.value_or(std::uint32_t(entry.data.size())), 4);
    number(common, entry.size.value_or(std::uint32_t(entry.data.size())), 4);
    number(common, entry.name.size(), 2);
    number(common, 0, 2);
    directory += std::string("PK\1\2") + std::string("\x14\0", 2) + common + std::string(10, '\0');
    number(directory, out.size(), 4);
    directory += entry.name;
    out += std::string("PK\3\4") + common + entry.name + entry.data;
  }
  std::string end = "PK\5\6";
  number(end, 0, 4);
  number(end, entries.size(), 2);
  number(end, entries.size(), 2);
  number(end, directory.size(), 4);
  number(end, out.size(), 4);
  number(end, 0, 2);
  return out + directory + end;
}

#pragma once
// The IDX format, in which MNIST comes: http://yann.lecun.com/exdb/mnist/

#include <cinta/io/detail/elements.hpp>
#include <cinta/io/detail/source.hpp>
#include <utility>

namespace cinta::io::detail {

/// The format's codes of types; all are big-endian.
inline constexpr std::pair<unsigned char, ElementType> idx_types[] = {
    {0x08, {'u', 1, true}}, {0x09, {'i', 1, true}}, {0x0B, {'i', 2, true}},
    {0x0C, {'i', 4, true}}, {0x0D, {'f', 4, true}}, {0x0E, {'f', 8, true}}};

inline Tensor read_idx(Source& source) {
  const auto magic = source.big_endian<std::uint32_t>();
  if (magic >> 16 == 0x1F8B)
    source.fail_at(0, "gzip'd; read it with load_idx_gz of cinta::formats, or unpack it");
  if (magic >> 16 != 0) source.fail_at(0, "not an IDX file, which begins with two zeros");
  const unsigned code = magic >> 8 & 0xFF, rank = magic & 0xFF;
  const auto* const known = std::ranges::find(idx_types, code, [](auto& row) { return row.first; });
  if (known == std::end(idx_types)) source.fail_at(2, "unknown type " + std::to_string(code));
  Shape shape = Shape::filled(static_cast<int>(rank));
  for (unsigned i = 0; i < rank; ++i)
    shape[static_cast<int>(i)] = source.big_endian<std::uint32_t>();
  if (bytes_of(shape, known->second.bytes) != source.remaining())
    source.fail("shape " + shape.str() + " of " + known->second.name() + " does not fit the " +
                std::to_string(source.remaining()) + " bytes of data");
  return read_elements(source, known->second, shape);
}

}  // namespace cinta::io::detail

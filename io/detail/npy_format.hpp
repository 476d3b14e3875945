#pragma once
// The .npy format, wherever its bytes are:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

#include <charconv>
#include <cinta/io/detail/elements.hpp>
#include <cinta/io/detail/source.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cinta::io::detail {

inline constexpr std::string_view npy_magic = "\x93NUMPY";
inline constexpr int npy_max_axes = 64;  // NumPy 2's

/// The dictionary at the start of a file: a Python literal with three known keys.
struct NpyHeader {
  ElementType type;
  bool fortran_order = false;
  Shape shape;
};

class NpyHeaderParser {
 public:
  /// `text` has just been read from `source`.
  NpyHeaderParser(const Source& source, std::string_view text) : source_(source), text_(text) {}

  NpyHeader parse() {
    NpyHeader header;
    bool seen[3] = {};
    const auto first = [&](int key) {
      if (std::exchange(seen[key], true)) fail("a key of the header stands there twice");
    };
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr") {
        first(0);
        header.type = type();
      } else if (key == "fortran_order") {
        first(1);
        header.fortran_order = boolean();
      } else if (key == "shape") {
        first(2);
        header.shape = shape();
      } else {
        fail("unknown key " + io::quoted(key) + " in the header");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!text_.empty()) fail("text after the header");
    if (!seen[0] || !seen[1] || !seen[2]) fail("the header lacks descr, fortran_order or shape");
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    source_.fail_at(source_.position() - text_.size(), what);
  }

  void skip_space() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n\f"), text_.size()));
  }
  bool accept(char c) {
    skip_space();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("malformed header: '") + c + "' expected");
  }
  std::string_view string() {
    skip_space();
    const char quote = text_.starts_with('"') ? '"' : '\'';
    expect(quote);
    const std::size_t end = text_.find(quote);
    if (end == text_.npos) fail("malformed header: a text without end");
    const std::string_view out = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return out;
  }
  bool boolean() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return value;
    }
    fail("malformed header: fortran_order is neither True nor False");
  }
  Shape shape() {
    std::vector<std::int64_t> sizes;
    expect('(');
    while (!accept(')')) {  // which skips spaces
      std::int64_t size = -1;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0) fail("malformed header: a size in shape");
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      if (text_.starts_with('L')) text_.remove_prefix(1);  // as Python 2 wrote
      sizes.push_back(size);
      if (sizes.size() > npy_max_axes) fail("more than " + std::to_string(npy_max_axes) + " axes");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return Shape(sizes);
  }
  ElementType type() {
    skip_space();
    if (text_.starts_with('[') || text_.starts_with('('))
      fail("structured dtypes are not supported; save each field as an array of its own");
    const std::string_view before = text_, description = string();
    constexpr std::string_view known[] = {"b1", "i1", "i2", "i4", "i8", "u1",
                                          "u2", "u4", "u8", "f2", "f4", "f8"};
    const bool has_order =
        std::string_view("<>=|").find(description.substr(0, 1)) != description.npos;
    const std::string_view kind = description.substr(description.empty() ? 0 : 1);
    if (!description.empty() && has_order && std::ranges::find(known, kind) != std::end(known))
      return {kind[0], static_cast<std::size_t>(kind[1] - '0'), description[0] == '>'};
    text_ = before;
    if (has_order && kind.starts_with('c'))
      fail("complex numbers (" + io::quoted(description) +
           ") are not supported; save real and imag");
    if (has_order && kind.starts_with('O'))
      fail("objects ('|O') are pickled Python, which is never run; save arrays of numbers");
    if (has_order && (kind.starts_with('U') || kind.starts_with('S')))
      fail("texts (" + io::quoted(description) +
           ") are not supported; save numbers, or a CSV file");
    fail("dtype " + io::quoted(description) +
         " is not supported; bool, integers of 8 to 64 bits and float16, float32, float64 are");
  }

  const Source& source_;
  std::string_view text_;
};

inline NpyHeader read_npy_header(Source& source) {
  char start[8];
  if (source.size() < sizeof start) source.fail("not a .npy file");
  source.read(start, sizeof start);
  if (std::string_view(start, npy_magic.size()) != npy_magic) source.fail_at(0, "not a .npy file");
  if (start[6] < 1 || start[6] > 3)
    source.fail_at(6, "unknown version " + std::to_string(static_cast<unsigned char>(start[6])));
  const std::uint64_t size =
      start[6] == 1 ? source.little_endian<std::uint16_t>() : source.little_endian<std::uint32_t>();
  // Checked before there is memory for it: the size may be anything.
  if (size > source.remaining()) source.fail("truncated in the header");
  std::string text(size, '\0');
  source.read(text.data(), size);
  return NpyHeaderParser(source, text).parse();
}

inline Tensor read_npy(Source& source) {
  const NpyHeader header = read_npy_header(source);
  if (bytes_of(header.shape, header.type.bytes) != source.remaining())
    source.fail("shape " + header.shape.str() + " of " + header.type.name() + " does not fit the " +
                std::to_string(source.remaining()) + " bytes of data");
  Tensor data = read_elements(source, header.type, header.shape);
  if (!header.fortran_order) return data;
  Strides strides = header.shape;
  std::int64_t step = 1;
  for (std::int64_t* stride = strides.data(); stride != strides.end(); ++stride)
    step *= std::exchange(*stride, step);
  return in_order(alias(data, header.shape, strides));
}

/// What stands before the elements: version 1.0, which has room for 64 sizes.
inline std::string npy_start(const Shape& shape, const ElementType& type) {
  std::string header = "{'descr': '";
  header += type.bytes == 1 ? '|' : '<';
  header += type.kind + std::to_string(type.bytes);
  header += "', 'fortran_order': False, 'shape': " + shape.str() + ", }";
  // NumPy wants the data to start at a multiple of 64 bytes.
  constexpr std::size_t before = 10;
  const std::size_t padded = (before + header.size() + 1 + 63) / 64 * 64 - before;
  header.resize(padded - 1, ' ');
  header += '\n';
  const char version_and_size[] = {1, 0, static_cast<char>(header.size() & 0xFF),
                                   static_cast<char>(header.size() >> 8)};
  return std::string(npy_magic) + std::string(version_and_size, sizeof version_and_size) + header;
}

/// The type of a file's elements: that of the name, or the tensor's own. Throws ValueError, which
/// begins with `what`.
inline ElementType npy_type(const Tensor& tensor, const std::string& dtype,
                            const std::string& what) {
  check_has_elements(tensor, what);
  if (tensor.rank() > npy_max_axes)
    throw ValueError(what + ": " + std::to_string(tensor.rank()) + " axes, NumPy has at most " +
                     std::to_string(npy_max_axes));
  if (dtype.empty()) return ElementType::of(tensor.dtype());
  const std::optional<ElementType> type = element_type_named(dtype);
  if (!type || type->kind == 'B')
    throw ValueError(what + ": " + io::quoted(dtype) +
                     " is no dtype of a .npy file; bool, int8 to int64, uint8 to uint64 and "
                     "float16, float32, float64 are");
  return *type;
}

}  // namespace cinta::io::detail

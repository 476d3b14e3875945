#include <algorithm>
#include <bit>
#include <charconv>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/op_watch.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/npy.hpp>
#include <cinta/io/text.hpp>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

namespace cinta::io {
namespace {

static_assert(std::endian::native == std::endian::little, "npy: files are written as memory is");

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::string_view descriptions[] = {"|b1", "<i8", "<f4", "<f8"};  // by Dtype
constexpr std::size_t most_axes = 64;                                      // NumPy 2's

/// A type of elements in a file: 'b' bool, 'i' and 'u' integers, 'f' floating-point.
struct Element {
  char kind = 'f';
  std::size_t bytes = 4;
  bool swapped = false;  ///< big-endian

  Dtype dtype() const {
    return kind == 'b' ? boolean : kind != 'f' ? int64 : bytes == 4 ? float32 : float64;
  }
  /// As NumPy calls it: "uint16".
  std::string name() const {
    const std::string bits = std::to_string(8 * bytes);
    return kind == 'b' ? "bool" : (kind == 'i' ? "int" : kind == 'u' ? "uint" : "float") + bits;
  }
};

/// The dictionary at the start of a file: a Python literal with three known keys.
struct Header {
  Element element;
  bool fortran_order = false;
  Shape shape;
};

class HeaderParser {
 public:
  HeaderParser(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  Header parse() {
    Header header;
    bool seen[3] = {};
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr") {
        seen[0] = true;
        header.element = element();
      } else if (key == "fortran_order") {
        seen[1] = true;
        header.fortran_order = boolean();
      } else if (key == "shape") {
        seen[2] = true;
        header.shape = shape();
      } else {
        fail("unknown key in the header");
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
  [[noreturn]] void fail(const std::string& what) {
    throw IoError(escaped(path_) + ": npy: " + what);
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
    while (!accept(')')) {
      skip_space();
      std::int64_t size = -1;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0) fail("malformed header: a size in shape");
      text_.remove_prefix(end - text_.data());
      if (text_.starts_with('L')) text_.remove_prefix(1);  // as Python 2 wrote
      sizes.push_back(size);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    if (sizes.size() > most_axes) fail("more than " + std::to_string(most_axes) + " axes");
    return Shape(sizes);
  }
  Element element() {
    skip_space();
    if (text_.starts_with('[') || text_.starts_with('('))
      fail("structured dtypes are not supported");
    const std::string_view description = string();
    for (const std::string_view known :
         {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"}) {
      if (description.size() != 3 || description.substr(1) != known) continue;
      if (std::string_view("<>=|").find(description[0]) == std::string_view::npos) break;
      return {known[0], static_cast<std::size_t>(known[1] - '0'), description[0] == '>'};
    }
    fail("dtype " + quoted(description) +
         " is not supported; bool, integers of 8 to 64 bits, float32 and float64 are");
  }

  const std::string& path_;
  std::string_view text_;
};

Header read_header(InputFile& file) {
  char start[8];
  if (file.size() < sizeof start) throw IoError(escaped(file.path()) + ": npy: not a .npy file");
  file.read(start, sizeof start);
  if (std::string_view(start, 6) != magic)
    throw IoError(escaped(file.path()) + ": npy: not a .npy file");
  if (start[6] < 1 || start[6] > 3)
    throw IoError(escaped(file.path()) + ": npy: unknown version " +
                  std::to_string(static_cast<unsigned char>(start[6])));
  std::uint32_t size = 0;
  file.read(&size, start[6] == 1 ? 2 : 4);
  // Checked before there is memory for it: the size may be anything.
  if (size > file.remaining())
    throw IoError(escaped(file.path()) + ": npy: truncated in the header");
  std::string text(size, '\0');
  file.read(text.data(), size);
  return HeaderParser(file.path(), text).parse();
}

/// Throws unless the rest of the file is just the elements of the header.
void check_size(const InputFile& file, const Header& header) {
  std::uint64_t bytes = header.element.bytes;
  bool overflow = false, empty = false;
  // Sizes beside a 0 count as well, as NumPy has it: strides are made of them.
  for (const std::int64_t size : header.shape) {
    empty = empty || size == 0;
    if (size != 0)
      overflow |= __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes);
  }
  overflow |= bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 8;
  if (empty) bytes = 0;
  if (overflow || bytes != file.remaining())
    throw IoError(escaped(file.path()) + ": npy: shape " + header.shape.str() + " of " +
                  header.element.name() + " does not fit the " + std::to_string(file.remaining()) +
                  " bytes of data");
}

/// The same elements in row-major order. What it takes for the file is no operation of the user's.
Tensor in_order(const Tensor& x) {
  const NoGrad no_grad;
  const cinta::detail::OpWatch::Inside inside;
  return contiguous(x);
}

Strides fortran_strides(const Shape& shape) {
  Strides strides = Strides::filled(shape.rank());
  std::int64_t step = 1;
  for (int i = 0; i < shape.rank(); ++i) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/// Reads n elements of type From, swapped or not, as To.
template <class From, class To>
void read_as(InputFile& file, bool swapped, To* to, std::int64_t n) {
  if constexpr (std::is_same_v<From, To>) {
    if (!swapped) return file.read(to, static_cast<std::size_t>(n) * sizeof(To));
  }
  std::vector<unsigned char> bytes;
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t count = std::min<std::int64_t>(n - done, 1 << 16);
    bytes.resize(static_cast<std::size_t>(count) * sizeof(From));
    file.read(bytes.data(), bytes.size());
    for (std::int64_t i = 0; i < count; ++i) {
      unsigned char* element = bytes.data() + static_cast<std::size_t>(i) * sizeof(From);
      if (swapped) std::reverse(element, element + sizeof(From));
      From value;
      std::memcpy(&value, element, sizeof value);
      if constexpr (std::is_same_v<From, std::uint64_t>) {
        if (value > static_cast<std::uint64_t>(std::numeric_limits<To>::max()))
          throw IoError(escaped(file.path()) + ": npy: element " + std::to_string(done + i) +
                        " is " + std::to_string(value) + ", more than int64 holds");
      }
      // A bool that is neither 0 nor 1 would be undefined behaviour; NumPy counts it as true.
      if constexpr (std::is_same_v<To, bool>)
        to[done + i] = value != 0;
      else
        to[done + i] = static_cast<To>(value);
    }
    done += count;
  }
}

void read_elements(InputFile& file, const Element& e, const Tensor& out) {
  const std::int64_t n = out.numel();
  const auto as = [&]<class From, class To>(From, To) {
    read_as<From>(file, e.swapped, out.data<To>(), n);
  };
  const std::int64_t i{};
  switch (e.kind) {
    case 'b': return as(std::uint8_t{}, bool{});
    case 'i':
      switch (e.bytes) {
        case 1: return as(std::int8_t{}, i);
        case 2: return as(std::int16_t{}, i);
        case 4: return as(std::int32_t{}, i);
        default: return as(i, i);
      }
    case 'u':
      switch (e.bytes) {
        case 1: return as(std::uint8_t{}, i);
        case 2: return as(std::uint16_t{}, i);
        case 4: return as(std::uint32_t{}, i);
        default: return as(std::uint64_t{}, i);
      }
    default: return e.bytes == 4 ? as(float{}, float{}) : as(double{}, double{});
  }
}

}  // namespace

void save_npy(const std::string& path, const Tensor& tensor) {
  if (static_cast<std::size_t>(tensor.rank()) > most_axes)
    throw IoError(escaped(path) + ": npy: " + std::to_string(tensor.rank()) +
                  " axes, NumPy has at most " + std::to_string(most_axes));
  std::string header = "{'descr': '";
  header += descriptions[static_cast<int>(tensor.dtype())];
  header += "', 'fortran_order': False, 'shape': " + tensor.shape().str() + ", }";
  // NumPy wants the data to start at a multiple of 64 bytes.
  constexpr std::size_t before = 10;
  const std::size_t padded = (before + header.size() + 1 + 63) / 64 * 64 - before;
  header.resize(padded - 1, ' ');
  header += '\n';
  const char version_and_size[] = {1, 0, static_cast<char>(header.size() & 0xFF),
                                   static_cast<char>(header.size() >> 8)};

  OutputFile file(path);
  file.write(magic.data(), magic.size());
  file.write(version_and_size, sizeof version_and_size);
  file.write(header);
  const Tensor dense = in_order(tensor);
  file.write(Array(dense).memory, static_cast<std::size_t>(dense.numel()) * size_of(dense.dtype()));
  file.commit();
}

Tensor load_npy(const std::string& path) {
  InputFile file(path);
  const Header header = read_header(file);
  check_size(file, header);
  const Tensor data = empty(header.shape, header.element.dtype());
  read_elements(file, header.element, data);
  if (!header.fortran_order) return data;
  return in_order(alias(data, header.shape, fortran_strides(header.shape)));
}

}  // namespace cinta::io

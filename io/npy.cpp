#include <algorithm>
#include <bit>
#include <charconv>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/op_watch.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/npy.hpp>
#include <string_view>
#include <vector>

namespace cinta::io {
namespace {

static_assert(std::endian::native == std::endian::little, "npy: files are written as memory is");

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::string_view descriptions[] = {"|b1", "<i8", "<f4", "<f8"};  // by Dtype

/// The dictionary at the start of a file: a Python literal with three known keys.
struct Header {
  Dtype dtype = float32;
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
        header.dtype = dtype(string());
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
  [[noreturn]] void fail(const std::string& what) { throw IoError(path_ + ": npy: " + what); }

  void skip_space() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
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
      sizes.push_back(size);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    if (sizes.size() > 64) fail("more than 64 axes");
    return Shape(sizes);
  }
  Dtype dtype(std::string_view description) {
    for (int i = 0; i < 4; ++i)
      if (description == descriptions[i]) return static_cast<Dtype>(i);
    fail("dtype '" + std::string(description.substr(0, 20)) +
         "' is not supported; bool, int64, float32 and float64 are, little-endian");
  }

  const std::string& path_;
  std::string_view text_;
};

Header read_header(InputFile& file) {
  char start[8];
  if (file.size() < sizeof start) throw IoError(file.path() + ": npy: not a .npy file");
  file.read(start, sizeof start);
  if (std::string_view(start, 6) != magic) throw IoError(file.path() + ": npy: not a .npy file");
  if (start[6] < 1 || start[6] > 3)
    throw IoError(file.path() + ": npy: unknown version " + std::to_string(start[6]));
  std::uint32_t size = 0;
  file.read(&size, start[6] == 1 ? 2 : 4);
  // Checked before there is memory for it: the size may be anything.
  if (size > file.remaining()) throw IoError(file.path() + ": npy: truncated in the header");
  std::string text(size, '\0');
  file.read(text.data(), size);
  return HeaderParser(file.path(), text).parse();
}

/// Bytes that the elements of a header take, or a throw unless the rest of the file is just that.
std::uint64_t checked_bytes(const InputFile& file, const Header& header) {
  std::uint64_t bytes = size_of(header.dtype);
  bool overflow = false, empty = false;
  for (const std::int64_t size : header.shape) {
    empty = empty || size == 0;
    overflow |= __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes);
  }
  if (empty) bytes = 0;
  if ((overflow && !empty) || bytes != file.remaining())
    throw IoError(file.path() + ": npy: shape " + header.shape.str() + " of " +
                  name_of(header.dtype) + " does not fit the " + std::to_string(file.remaining()) +
                  " bytes of data");
  return bytes;
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

}  // namespace

void save_npy(const std::string& path, const Tensor& tensor) {
  std::string header = "{'descr': '";
  header += descriptions[static_cast<int>(tensor.dtype())];
  header += "', 'fortran_order': False, 'shape': " + tensor.shape().str() + ", }";
  // NumPy wants the data to start at a multiple of 64 bytes.
  constexpr std::size_t before = 10;
  const std::size_t padded = (before + header.size() + 1 + 63) / 64 * 64 - before;
  header.resize(padded - 1, ' ');
  header += '\n';
  if (header.size() > 0xFFFF) throw IoError(path + ": npy: the shape is too long for the header");
  const char version_and_size[] = {1, 0, static_cast<char>(header.size() & 0xFF),
                                   static_cast<char>(header.size() >> 8)};

  OutputFile file(path);
  file.write(magic.data(), magic.size());
  file.write(version_and_size, sizeof version_and_size);
  file.write(header);
  const Tensor dense = in_order(tensor);
  file.write(Array(dense).memory, dense.numel() * size_of(dense.dtype()));
  file.commit();
}

Tensor load_npy(const std::string& path) {
  InputFile file(path);
  const Header header = read_header(file);
  const std::uint64_t bytes = checked_bytes(file, header);
  const Tensor data = empty(header.shape, header.dtype);
  char* memory = static_cast<char*>(Array(data).memory);
  file.read(memory, bytes);
  // A bool that is neither 0 nor 1 would be undefined behaviour; NumPy counts it as true.
  if (header.dtype == boolean) std::for_each(memory, memory + bytes, [](char& b) { b = b != 0; });
  if (!header.fortran_order) return data;
  return in_order(alias(data, header.shape, fortran_strides(header.shape)));
}

}  // namespace cinta::io

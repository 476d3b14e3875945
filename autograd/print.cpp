#include <cinta/autograd/row_sparse.hpp>
#include <cstdio>
#include <ostream>

namespace cinta {
namespace {

// Longer axes show their first and last `edge` entries only, once a tensor has over `limit`.
constexpr std::int64_t edge = 3, limit = 1000;

std::string element(const Tensor& x, std::int64_t offset) {
  return dispatch(x.dtype(), [&]<class T>() -> std::string {
    const T value = static_cast<const T*>(x.impl()->memory)[offset];
    if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
    if constexpr (std::is_same_v<T, std::int64_t>) return std::to_string(value);
    if (value != value) return "nan";  // whatever its sign bit, which depends on the machine
    char text[32];
    std::snprintf(text, sizeof text, sizeof(T) == 4 ? "%.6g" : "%.10g", double(value));
    return text;
  });
}

void print_axis(std::ostream& out, const Tensor& x, int axis, std::int64_t offset) {
  if (axis == x.rank()) {
    out << element(x, offset);
    return;
  }
  const std::int64_t size = x.shape()[axis];
  const bool shorten = x.numel() > limit && size > 2 * edge;
  const bool innermost = axis == x.rank() - 1;
  const std::string separator = innermost ? ", " : ",\n" + std::string(std::size_t(axis) + 1, ' ');
  out << '[';
  for (std::int64_t i = 0; i < size; ++i) {
    if (i) out << separator;
    if (shorten && i == edge) {
      out << "..." << separator;
      i = size - edge;
    }
    print_axis(out, x, axis + 1, offset + i * x.strides()[axis]);
  }
  out << ']';
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  if (!tensor.defined()) return out << "undefined tensor";
  if (tensor.is_row_sparse())
    return out << "row-sparse " << tensor.spec().str() << "\nids: " << row_ids(tensor)
               << "\nrows: " << row_values(tensor)
               << (row_decay(tensor) != 0
                       ? "\nand " + std::to_string(row_decay(tensor)) + " times the table"
                       : "");
  tensor.catch_up();
  print_axis(out, tensor, 0, 0);
  return out << "  " << tensor.spec().str();
}

}  // namespace cinta

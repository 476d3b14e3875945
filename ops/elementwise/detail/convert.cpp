#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cstdint>
#include <string_view>

namespace cinta::detail {
namespace {

// A number takes part with its kind only: beside float64 any number is float64, beside int64 an
// integer stays int64 and 2.5 makes both float32.
Dtype common_dtype(const Operand& a, const Operand& b) {
  if (a.is_number() && b.is_number()) return promote(a.kind(), b.kind());
  if (a.is_number()) return promote(a.kind(), b.tensor().dtype());
  if (b.is_number()) return promote(a.tensor().dtype(), b.kind());
  return promote(a.tensor().dtype(), b.tensor().dtype());
}

}  // namespace

Tensor scalar(const Number& value, Dtype dtype) {
  Tensor result = empty({}, dtype);
  dispatch(dtype, [&]<class T>() { *static_cast<T*>(result.impl()->memory) = value.as<T>(); });
  return result;
}

Converted::Converted(const char* op, const Operand& a, const Operand& b, Dtype lowest)
    : op_(op), site_(SiteScope::resolve(a.site())) {
  for (const Operand* operand : {&a, &b}) {
    if (!operand->is_number() && !operand->tensor().defined())
      throw ValueError(std::string(op) + ": an operand is an undefined tensor", site_);
  }
  dtype_ = std::max(common_dtype(a, b), lowest);
  a_ = convert(a, room_a_);
  b_ = convert(b, room_b_);
}

const Tensor* Converted::convert(const Operand& operand, Tensor& room) {
  if (!operand.is_number() && operand.tensor().dtype() == dtype_) return &operand.tensor();
  room =
      operand.is_number() ? scalar(operand.number(), dtype_) : to(operand.tensor(), dtype_, site_);
  return &room;
}

Tensor fitting(const Op& op, const Tensor& x, const Operand& operand, Dtype lowest) {
  const bool number = operand.is_number();
  check_defined(op, {x});
  if (!number) check_defined(op, {x, operand.tensor()});
  const Dtype kind = number ? operand.kind() : operand.tensor().dtype();
  const Dtype result = std::max(promote(x.dtype(), kind), lowest);
  if (result > x.dtype() && !is_floating(x.dtype())) {
    // scatter and put write into a copy.
    const bool in_place = std::string_view(op.name).ends_with('_');
    throw DtypeError(std::string(op.name) + ": a result of " + name_of(result) +
                         " does not fit into a tensor of " + name_of(x.dtype()) +
                         "; convert it with to() first" +
                         (in_place ? ", or write the operation out of place" : ""),
                     op.site);
  }
  if (number) return scalar(operand.number(), x.dtype());
  const Tensor& tensor = operand.tensor();
  check_broadcast(op, tensor.shape(), x);
  if (tensor.dtype() != x.dtype()) return to(tensor, x.dtype(), op.site);
  return unaliased(tensor, x, op.site);
}

Tensor unaliased(const Tensor& source, const Tensor& x, const Site& site) {
  if (source.storage() == x.storage()) return clone(source, site);
  // from_blob wraps one memory as often as it is called.
  const auto begin = [](const Tensor& t) {
    return reinterpret_cast<std::uintptr_t>(t.storage()->data());
  };
  const auto end = [&](const Tensor& t) { return begin(t) + t.storage()->bytes(); };
  return begin(source) < end(x) && begin(x) < end(source) ? clone(source, site) : source;
}

void check_broadcast(const Op& op, const Shape& shape, const Tensor& x) {
  if (broadcasts_to(shape, x.shape())) return;
  throw ShapeError(
      std::string(op.name) + ": " + shape.str() + " does not broadcast to " + x.shape().str(),
      op.site);
}

}  // namespace cinta::detail

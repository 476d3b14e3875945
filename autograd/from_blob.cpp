#include <cinta/autograd/core/checked.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/memory/pool.hpp>
#include <cinta/autograd/from_blob.hpp>
#include <new>

namespace cinta {

Tensor from_blob(void* data, const Shape& shape, Dtype dtype, std::function<void()> release,
                 Site site) {
  checked_bytes("from_blob", shape, dtype, site);
  return from_blob(data, shape, contiguous_strides(shape), dtype, std::move(release), site);
}

Tensor from_blob(void* data, const Shape& shape, const Strides& strides, Dtype dtype,
                 std::function<void()> release, Site site) {
  checked_bytes("from_blob", shape, dtype, site);
  if (strides.rank() != shape.rank())
    throw ShapeError("from_blob: " + shape.str() + " has as many strides as axes, not " +
                         std::to_string(strides.rank()),
                     site);
  // What the elements reach to before and after the first one, in bytes.
  const auto size = std::int64_t(size_of(dtype));
  Checked before = 0, after = size;
  for (int i = 0; i < shape.rank(); ++i)
    (strides[i] < 0 ? before : after) += Checked(shape[i] - 1) * strides[i] * size;
  const Checked bytes = shape.numel() == 0 ? Checked(0) : after + before * -1;
  if (!bytes.fits())
    throw ShapeError("from_blob: the strides lead further than memory can reach", site);
  char* const lowest = static_cast<char*>(data) + (shape.numel() == 0 ? 0 : before.value());
  Ref<Storage> storage = Storage::wrap(lowest, std::size_t(bytes.value()), std::move(release));
  void* const block = pool::allocate(sizeof(TensorImpl));
  return Tensor(Ref<TensorImpl>::adopt(
      new (block) TensorImpl(std::move(storage), data, shape, strides, dtype)));
}

}  // namespace cinta

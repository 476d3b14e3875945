#include <cinta/ops/kernels/loop/strided_walk.hpp>

namespace cinta::kernels::detail {

void plan_strided_walk(std::span<const Array> arrays, Shape& sizes, std::span<Strides> steps) {
  const Shape& shape = arrays[0].shape;
  const int count = int(arrays.size());
  // The step of array k along an axis of the full shape; 0 where it is broadcast.
  const auto step = [&](int k, int axis) -> std::int64_t {
    const Array& array = arrays[std::size_t(k)];
    const int own = axis - (shape.rank() - array.shape.rank());
    if (own < 0 || array.shape[own] == 1) return 0;
    return array.strides[own] * std::int64_t(size_of(array.dtype));
  };

  // From the last axis to the first; what is kept is in reverse order until the end.
  Shape kept = Shape::filled(shape.rank());
  Shape merged_sizes = Shape::filled(shape.rank());
  int rank = 0;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (shape[axis] == 1) continue;
    bool continues = rank > 0;
    for (int k = 0; continues && k < count; ++k)
      continues = step(k, axis) == step(k, int(kept[rank - 1])) * merged_sizes[rank - 1];
    if (continues) {
      merged_sizes[rank - 1] *= shape[axis];
    } else {
      kept[rank] = axis;
      merged_sizes[rank++] = shape[axis];
    }
  }

  // A single element walks like a dense row of one.
  sizes = Shape::filled(rank == 0 ? 1 : rank, 1);
  for (int k = 0; k < count; ++k)
    steps[std::size_t(k)] =
        Strides::filled(sizes.rank(), std::int64_t(size_of(arrays[std::size_t(k)].dtype)));
  for (int i = 0; i < rank; ++i) {
    sizes[i] = merged_sizes[rank - 1 - i];
    for (int k = 0; k < count; ++k) steps[std::size_t(k)][i] = step(k, int(kept[rank - 1 - i]));
  }
}

}  // namespace cinta::kernels::detail

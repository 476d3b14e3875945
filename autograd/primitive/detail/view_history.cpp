#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/strided.hpp>
#include <cinta/autograd/primitive/detail/view_history.hpp>
#include <cinta/autograd/tape/apply.hpp>

namespace cinta::detail {
namespace {

// The layouts of a base and of a view in the stretch of memory that the base spans.
struct Places {
  Layout base, view;
  std::int64_t count;
  bool dense;  // the base fills it in order

  Places(const Tensor& whole, const Tensor& part)
      : base{whole.shape(), whole.strides(), 0}, view{part.shape(), part.strides(), 0} {
    const Extent extent(base.shape, base.strides);
    const auto distance = static_cast<const char*>(part.impl()->memory) -
                          static_cast<const char*>(whole.impl()->memory);
    base.offset = -extent.low;
    view.offset = distance / std::int64_t(size_of(whole.dtype())) - extent.low;
    count = extent.count();
    dense = whole.is_contiguous();
  }

  // x, which has the shape of the base, laid out as the base is.
  Tensor memory_of(const Tensor& x) const {
    return dense ? contiguous(x) : put_strided(x, base, {count});
  }
  Tensor base_in(const Tensor& memory) const {
    return as_strided(memory, base.shape, base.strides, base.offset);
  }
  Tensor view_in(const Tensor& memory) const {
    return as_strided(memory, view.shape, view.strides, view.offset);
  }
};

}  // namespace

Ref<Node> node_of_view(const Tensor& base, const Tensor& view) {
  const Places places(base, view);
  return make_node({"as_strided",
                    Save::nothing(),
                    base.node()->site(),
                    {{"shape", places.view.shape},
                     {"strides", places.view.strides},
                     {"offset", places.view.offset}}},
                   {base}, {&view, 1}, [places](const Grad& g) {
                     if (places.dense) return g.part(0, {.values = g.dy, .layout = places.view});
                     return places.base_in(put_strided(g.dy, places.view, {places.count}));
                   });
}

Ref<Node> node_of_written(const Tensor& base, const Tensor& view, const Site& site) {
  const Places places(base, view);
  return make_node(
      {"as_strided_scatter",
       Save::nothing(),
       site,
       {{"strides", places.view.strides}, {"offset", places.view.offset}}},
      {base, view}, {&base, 1},
      [places](const Grad& g) {  // what was overwritten has no influence
        Tensor memory = places.memory_of(g.take_dy());
        memory = zero_strided(std::move(memory), places.view);
        return places.dense ? memory : places.base_in(memory);
      },
      // A copy: the other rule, which runs after this one, may write to the memory.
      [places](const Grad& g) { return clone(places.view_in(places.memory_of(g.dy))); });
}

}  // namespace cinta::detail

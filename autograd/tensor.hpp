#pragma once
// Tensor: a handle to an n-dimensional array that operations are recorded on.

#include <cinta/autograd/core/dtype.hpp>
#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/autograd/core/shape.hpp>
#include <iosfwd>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace xt {
template <class D>
class xexpression;
}

#pragma GCC visibility push(default)
namespace cinta {

class Index;
/// Nothing is one where Index has not been defined; std::is_convertible would be ill-formed there.
template <class T>
concept IndexLike = requires(const T& x) {
  Index(x);
};
class Node;
class Operand;
class Tensor;
using Tensors = std::vector<Tensor>;
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;
struct RowSparse;

/// Shape and element type: what there is to know of a tensor before it has memory.
struct Spec {
  Shape shape;
  Dtype dtype = float32;

  /// "float32 (3, 4)"
  std::string str() const;
  friend bool operator==(const Spec&, const Spec&) = default;
};

/// The object behind a handle. Library code only; users hold Tensors.
struct TensorImpl : Counted {
  Ref<Storage> storage;
  void* memory = nullptr;  // first element
  Shape shape;
  Strides strides;
  std::int64_t numel;
  Dtype dtype = float32;
  bool dense;  // whether elements lie in row-major order without gaps
  bool requires_grad = false;
  bool substituted = false;      // shows another tensor for a while, see Substitution
  bool unrecorded_view = false;  // made under NoGrad: what it is a view of does not hear of writes
  std::uint32_t replaced = 0;    // by set_data: what versions to add for the memories before
  Ref<Node> node;  // what made it; a Leaf where the user asked for gradients; else null

  // A view of elements that something else may write to in place: its base, itself no view. Each
  // recorded write gives the base a new node; a view that has not seen it is given one on demand.
  Ref<TensorImpl> base;
  std::uint32_t base_replaced = 0;     // of a view: `base->replaced` when it became one
  std::uint32_t rewritten = 0;         // of a base: how often it was given a new node
  std::atomic<std::uint32_t> seen{0};  // of a view: `base->rewritten` when its node was made
  std::uint32_t output_index = 0;      // which of the node's outputs this is
  /// The base, or the tensor itself if it is no view or its base has got new elements.
  TensorImpl* root() { return base && base->replaced == base_replaced ? base.get() : this; }
  void refresh() {
    if (base && seen.load(std::memory_order_acquire) != base->rewritten) make_node_of_view();
  }
  /// Replaces the history. What retain_grad() asked for stays with the tensor.
  void set_node(Ref<Node> successor);

  struct Replacement : Counted {
    Replacement(const Writer& by, std::uint32_t at) : writer(by), version(at) {}
    static void destroy(Replacement* replacement) noexcept { delete replacement; }

    Writer writer;
    std::uint32_t version;  // of the new storage at that time
  };
  Ref<Replacement> replacement;  // the last set_data

  Ref<RowSparse> sparse;  // what a row-sparse tensor has instead of elements; else null

  /// Dense elements at the beginning of `storage`.
  TensorImpl(Ref<Storage> elements, const Shape& sizes, Dtype type);
  /// Any others.
  TensorImpl(Ref<Storage> elements, void* first, const Shape& sizes, const Strides& steps,
             Dtype type);
  ~TensorImpl();
  /// Exchanges everything but the handles: elements, version, place in the graph.
  void swap(TensorImpl& other) noexcept;
  static void destroy(TensorImpl* impl) noexcept;

  /// What a kernel works on, without asking the storage's hook.
  Array array() const { return {memory, shape, strides, dtype, numel, dense}; }

 private:
  void make_node_of_view();
};

/// How Tensor::backward treats the graph.
struct BackwardOptions {
  bool retain_graph = false;  ///< keep what was saved, so that backward can run again
  bool create_graph = false;  ///< record the gradients' own computation; implies retain_graph
};

/// Takes a hook away again. It may outlive the tensor; copies take away the same hook.
class HookHandle {
 public:
  HookHandle() = default;
  explicit HookHandle(std::function<void()> remove);
  void remove();

 private:
  std::function<void()> remove_;
};

/// An n-dimensional array of one run-time dtype. A handle of one word: copies share the elements,
/// the gradient and the place in the graph. A default-constructed Tensor is undefined, as grad() is
/// before backward(): defined(), spec(), detach() and impl() may be asked of it, every other member
/// throws ValueError.
///
/// Operators stand in <cinta/ops/elementwise/>: arithmetic and comparisons make new tensors, +=,
/// -=, *= and /= write in place. Two tensors are compared element by element, so a Tensor is no
/// truth value: ask (a < b).item(), or impl() whether two handles are one tensor.
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(Ref<TensorImpl> impl) : impl_(std::move(impl)) {}
  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) noexcept = default;
  ~Tensor() = default;
  /// The handle from now on stands for another tensor.
  Tensor& operator=(const Tensor&) & = default;
  Tensor& operator=(Tensor&&) & noexcept = default;
  /// Assigned to a temporary handle, such as x(0), a number or a tensor is written into its
  /// elements. Needs <cinta/ops/index/subscript.hpp>, which says how.
  void operator=(const Operand& value) &&;
  /// Evaluates an xtensor expression into new memory. Needs <cinta/autograd/xtensor.hpp>.
  template <class E>
  explicit Tensor(const xt::xexpression<E>& expression);

  bool defined() const { return bool(impl_); }
  const Shape& shape(Site site = {}) const { return self("shape", site).shape; }
  /// In elements, not bytes.
  const Strides& strides(Site site = {}) const { return self("strides", site).strides; }
  Dtype dtype(Site site = {}) const { return self("dtype", site).dtype; }
  /// Of an undefined tensor an empty one, so that apply can name the operation that got it.
  Spec spec() const { return impl_ ? Spec{impl_->shape, impl_->dtype} : Spec(); }
  int rank(Site site = {}) const { return self("rank", site).shape.rank(); }
  std::int64_t numel(Site site = {}) const { return self("numel", site).numel; }
  /// Size along one axis; negative axes count from the end. Throws IndexError.
  std::int64_t size(Axis axis, Site site = {}) const {
    const Shape& sizes = self("size", site).shape;
    return sizes[normalize_axis("size", axis, sizes, site)];
  }
  bool is_contiguous(Site site = {}) const { return self("is_contiguous", site).dense; }
  const Ref<Storage>& storage(Site site = {}) const { return self("storage", site).storage; }
  /// Grows with every write to the elements and every set_data.
  std::uint32_t version(Site site = {}) const {
    const TensorImpl& impl = self("version", site);
    return impl.storage->version() + impl.replaced;
  }
  /// What raised the version last; the name is null if nothing did.
  Writer last_writer(Site site = {}) const;

  /// An element or a part, as NumPy's x[...]: a view, except where a tensor of ids picks.
  ///
  ///     x(1, 2)            x(-1)             x(All, Slice(0, 10, 2))
  ///     x(Ellipsis, 0)     x(NewAxis, All)   x(ids)
  ///
  /// Needs <cinta/ops/index/subscript.hpp>, which says more.
  template <IndexLike... More>
  Tensor operator()(Index first, const More&... more) const;

  /// The first element in memory; others follow by strides(). Throws DtypeError if T is not the
  /// element type. Whoever writes through it and shares the tensor with a graph calls
  /// storage()->bump_version(), which notes the caller's line. Good until the next step of an
  /// optimizer, which may leave rows of a table with row-sparse gradients behind: asking again
  /// brings them up to date.
  template <ElementType T>
  T* data(Site site = {}) const {
    check_dtype("data", dtype_of<T>, site);
    catch_up();
    return static_cast<T*>(impl_->memory);
  }
  /// The only element, whatever the dtype, converted to T: double, float, std::int64_t (which alone
  /// has every int64 exactly) or bool. Throws ShapeError if there is not exactly one.
  template <class T = double>
  T item(Site site = {}) const;
  /// All elements in row-major order. Throws DtypeError if T is not the element type.
  template <ElementType T>
  std::vector<T> to_vector(Site site = {}) const;
  /// An xtensor adaptor on the same memory, no copy. Needs <cinta/autograd/xtensor.hpp>.
  template <ElementType T>
  auto view(Site site = {}) const;
  /// What a kernel works on.
  operator Array() const {
    catch_up();
    return impl_->array();
  }
  /// Brings rows that an optimizer left behind up to date. Every access to the elements does so by
  /// itself. Throws ValueError if the tensor is row-sparse.
  void catch_up(Site site = {}) const {
    if (AccessHook* hook = self("catch_up", site).storage->hook()) hook->all();
  }

  /// Whether it has ids and rows instead of elements, see autograd/row_sparse.hpp. Only gradients
  /// of lookups are, where it was asked for.
  bool is_row_sparse(Site site = {}) const { return bool(self("is_row_sparse", site).sparse); }

  /// Whether operations on it are recorded. True for results of recorded operations.
  bool requires_grad(Site site = {}) const {
    self("requires_grad", site).refresh();
    return impl_->requires_grad;
  }
  /// Makes a leaf collect gradients, or stop, and returns it. Throws DtypeError unless floating,
  /// GraphError on the result of a recorded operation.
  Tensor& requires_grad_(bool value = true, Site site = {}) & {
    set_requires_grad(value, site);
    return *this;
  }
  Tensor requires_grad_(bool value = true, Site site = {}) && {
    set_requires_grad(value, site);
    return std::move(*this);
  }
  /// True unless it is the result of a recorded operation.
  bool is_leaf(Site site = {}) const;
  /// The accumulated gradient of a leaf, or of a result that was told to retain_grad(); undefined
  /// before the first backward().
  Tensor grad(Site site = {}) const;
  /// Makes the result of a recorded operation keep its gradient, as leaves do. It is what
  /// backward() passes on, after all hooks. Throws GraphError if the tensor requires no gradient.
  void retain_grad(Site site = {}) const;
  /// Calls `hook(gradient)` whenever backward() or grad() knows the gradient of this tensor in
  /// full. The hook may return another gradient to go on with, of the same shape and dtype. Hooks
  /// run in the order of registration, for a leaf before its gradient accumulates; with
  /// create_graph what they compute is part of the graph. A hook sees the gradient of the elements
  /// as they are now: a later in-place operation makes a new result. That of a table may be
  /// row-sparse (autograd/row_sparse.hpp), and a hook may return one. Throws GraphError if the
  /// tensor requires no gradient; backward() throws ShapeError or DtypeError for what cannot be its
  /// gradient.
  template <class F>
  HookHandle register_hook(F hook, Site site = {}) const {
    detail::check_not_empty("register_hook", "hook", hook, site);
    if constexpr (std::is_void_v<std::invoke_result_t<F&, const Tensor&>>)
      return add_hook([hook](const Tensor& gradient) { return hook(gradient), Tensor(); }, site);
    else
      return add_hook(std::move(hook), site);
  }
  /// Replaces the gradient that grad() returns; undefined clears it. Shape and dtype must fit.
  void set_grad(const Tensor& gradient, Site site = {}) const;
  /// Gives a leaf new elements, shape and dtype; every handle to it sees them. Its gradient is
  /// dropped if shape or dtype change.
  void set_data(const Tensor& data, Site site = {}) const;

  /// Adds d(this)/d(leaf) to the gradient of every leaf that it depends on. `gradient` weighs the
  /// elements; it may be left out when there is only one. Throws GraphError.
  void backward(const Tensor& gradient = {}, BackwardOptions options = {}, Site site = {}) const;
  /// The same elements outside the graph.
  Tensor detach() const;

  /// The recorded node, or null.
  Node* node(Site site = {}) const {
    self("node", site).refresh();
    return impl_->node.get();
  }
  /// Which of the node's outputs this is.
  int output_index(Site site = {}) const {
    self("output_index", site).refresh();
    return int(impl_->output_index);
  }
  TensorImpl* impl() const { return impl_.get(); }
  /// Whether this handle is all that holds the elements, so that they may be reused.
  bool is_unique(Site site = {}) const {
    return self("is_unique", site).unique() && impl_->storage->unique();
  }

 private:
  // In parts: so the inlined test costs its branch, and the place is put together after it.
  [[noreturn]] static void refuse_undefined(const char* member, const char* file, unsigned line,
                                            const char* module);
  TensorImpl& self(const char* member, Site site) const {
    if (!impl_) [[unlikely]]
      refuse_undefined(member, site.file, site.line, site.module);
    return *impl_;
  }
  void check_dtype(const char* member, Dtype wanted, const Site& site) const;
  void set_requires_grad(bool value, const Site& site) const;
  HookHandle add_hook(std::function<Tensor(const Tensor&)> hook, const Site& site) const;

  Ref<TensorImpl> impl_;
};

/// Tensors that lie side by side, borrowed: a vector of them, or one. A std::span would do, but
/// every user's file would then check its constraints, which costs more than all that is declared
/// here.
class TensorSpan {
 public:
  TensorSpan(const Tensor& one) : TensorSpan(&one, 1) {}
  TensorSpan(const Tensors& all) : TensorSpan(all.data(), all.size()) {}
  TensorSpan(const Tensor* first, std::size_t size) : first_(first), size_(size) {}

  std::size_t size() const { return size_; }
  const Tensor& operator[](std::size_t i) const { return first_[i]; }
  const Tensor* begin() const { return first_; }
  const Tensor* end() const { return first_ + size_; }

 private:
  const Tensor* first_;
  std::size_t size_;
};

/// A tensor with uninitialised elements. Throws ShapeError for sizes that are negative or too large
/// to count, MemoryError if the system refuses the memory.
Tensor empty(const Shape& shape, Dtype dtype = float32, Site site = {});

namespace detail {
/// The same; an error names `op`.
Tensor new_tensor(const char* op, const Shape& shape, Dtype dtype, const Site& site);
}  // namespace detail

/// Another tensor on the memory of `base`, starting `offset` elements after its first. Nothing is
/// checked: see as_strided.
Tensor alias(const Tensor& base, const Shape& shape, const Strides& strides,
             std::int64_t offset = 0);

/// Prints values, shape and dtype; long tensors are abbreviated.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

}  // namespace cinta
#pragma GCC visibility pop

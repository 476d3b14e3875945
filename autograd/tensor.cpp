#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/memory/pool.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/view_history.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/detail/hooks.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/autograd/tensor.hpp>
#include <mutex>
#include <new>

namespace cinta {

std::string Spec::str() const { return std::string(name_of(dtype)) + " " + shape.str(); }

HookHandle::HookHandle(std::function<void()> remove) : remove_(std::move(remove)) {}

void HookHandle::remove() {
  if (remove_) remove_();
  remove_ = nullptr;
}

TensorImpl::TensorImpl(Ref<Storage> elements, const Shape& sizes, Dtype type)
    : storage(std::move(elements)),
      memory(storage->data()),
      shape(sizes),
      strides(Strides::filled(sizes.rank())),
      numel(1),
      dtype(type),
      dense(true) {
  // In place: this runs for every result of every operation.
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = numel;
    numel *= shape[i];
  }
}

TensorImpl::TensorImpl(Ref<Storage> elements, void* first, const Shape& sizes, const Strides& steps,
                       Dtype type)
    : storage(std::move(elements)),
      memory(first),
      shape(sizes),
      strides(steps),
      numel(sizes.numel()),
      dtype(type),
      dense(cinta::is_contiguous(sizes, steps)) {}

static_assert(sizeof(TensorImpl) <= 192, "every result has one: three cache lines of the pool");

void TensorImpl::swap(TensorImpl& other) noexcept {
  std::swap(storage, other.storage);
  std::swap(memory, other.memory);
  std::swap(shape, other.shape);
  std::swap(strides, other.strides);
  std::swap(numel, other.numel);
  std::swap(dtype, other.dtype);
  std::swap(dense, other.dense);
  std::swap(requires_grad, other.requires_grad);
  std::swap(substituted, other.substituted);
  std::swap(unrecorded_view, other.unrecorded_view);
  std::swap(replaced, other.replaced);
  std::swap(node, other.node);
  std::swap(output_index, other.output_index);
  std::swap(base, other.base);
  std::swap(base_replaced, other.base_replaced);
  std::swap(rewritten, other.rewritten);
  seen = other.seen.exchange(seen);
  std::swap(replacement, other.replacement);
  std::swap(sparse, other.sparse);
}

void TensorImpl::destroy(TensorImpl* impl) noexcept {
  impl->~TensorImpl();
  pool::deallocate(impl, sizeof(TensorImpl));
}

void TensorImpl::set_node(Ref<Node> successor) {
  if (node && node->hooks()) {
    node->hooks()->set_place({});  // others that show these elements show the new ones from now on
    if (node->hooks()->retains_grad(int(output_index)))
      node->hooks()->pass_on_retained(int(output_index), successor->make_hooks());
  }
  node = std::move(successor);
  output_index = 0;
  requires_grad = true;
}

namespace {

// Several threads may ask for one view, and for one on the way to another.
std::recursive_mutex views;

// The history that `part`, whose node so far is `old`, gets when `whole`, which it is a view of,
// was written to: as a part of whole, by way of the nearest view in between that somebody watches.
Ref<Node> renewed(const Tensor& whole, const Tensor& part, const Node* old) {
  Tensor from = whole;
  const Node* above = old && old->is_view() ? old->input(0) : nullptr;
  for (; above && above->is_view(); above = above->input(0)) {
    const auto place = above->hooks() ? above->hooks()->place() : std::nullopt;
    if (!place || place->base != whole.impl()) continue;
    if (may_overlap(place->shape, place->strides)) {
      throw GraphError(
          std::string(above->name()) +
              ": the gradient of this view of repeated elements is watched, a view of it was "
              "taken, and what it is a view of was written to since; take both views after the "
              "write, or of a clone()",
          above->site());
    }
    from = alias(whole, place->shape, place->strides, place->offset);
    if (place->view) {
      place->view->refresh();
      from.impl()->node = place->view->node;
    } else {
      from.impl()->node = renewed(whole, from, above);
    }
    from.impl()->requires_grad = true;
    break;
  }
  Ref<Node> node = detail::node_of_view(from, part);
  node->mark_view();
  if (old && old->is_view() && old->hooks()) node->share_hooks(old->hooks_handle());
  return node;
}

}  // namespace

TensorImpl::~TensorImpl() {
  if (!base || !node || !node->hooks()) return;
  const std::lock_guard lock(views);
  node->hooks()->forget_view(this);
}

void TensorImpl::make_node_of_view() {
  const Ref<Node> old = node;  // destroyed outside the lock
  const std::lock_guard lock(views);
  const std::uint32_t now = base->rewritten;
  if (seen.load(std::memory_order_relaxed) == now) return;
  if (root() != this) {
    const Tensor whole(base), part(Ref<TensorImpl>::share(this));
    Ref<Node> successor = renewed(whole, part, old.get());
    if (old && old->is_view()) {
      node = std::move(successor);
      requires_grad = true;
    } else {
      set_node(std::move(successor));
    }
  }
  seen.store(now, std::memory_order_release);
}

namespace {

template <class... A>
Tensor make(A&&... arguments) {
  void* block = pool::allocate(sizeof(TensorImpl));
  return Tensor(Ref<TensorImpl>::adopt(new (block) TensorImpl(std::forward<A>(arguments)...)));
}

Node& node_of(const char* what, const Tensor& tensor, const Site& site) {
  if (!tensor.requires_grad())
    throw GraphError(
        std::string(what) + ": this tensor does not collect gradients; call requires_grad_() first",
        site);
  return *tensor.node();
}

// The hooks of a tensor's node; of a view, which writes to its base are to find.
Hooks& watched(const Tensor& tensor, Node& node) {
  Hooks& hooks = node.make_hooks();
  TensorImpl& view = *tensor.impl();
  const TensorImpl* base = view.root();
  if (base == &view || !node.is_view()) return hooks;
  const auto distance = static_cast<char*>(view.memory) - static_cast<char*>(base->memory);
  hooks.set_place(ViewPlace{&view, base, view.shape, view.strides,
                            distance / std::int64_t(size_of(view.dtype))});
  return hooks;
}

}  // namespace

Tensor empty(const Shape& shape, Dtype dtype, Site site) {
  return detail::new_tensor("empty", shape, dtype, site);
}

Tensor detail::new_tensor(const char* op, const Shape& shape, Dtype dtype, const Site& site) {
  const std::int64_t bytes = checked_bytes(op, shape, dtype, site);
  try {
    return make(Storage::create(std::size_t(bytes)), shape, dtype);
  } catch (const MemoryError& error) {
    throw MemoryError(error, op, std::size_t(bytes), shape.str() + " " + name_of(dtype), site);
  }
}

Tensor alias(const Tensor& base, const Shape& shape, const Strides& strides, std::int64_t offset) {
  char* memory =
      static_cast<char*>(base.impl()->memory) + offset * std::int64_t(size_of(base.dtype()));
  return make(base.storage(), static_cast<void*>(memory), shape, strides, base.dtype());
}

void Tensor::refuse_undefined(const char* member, const char* file, unsigned line,
                              const char* module) {
  throw ValueError(std::string(member) +
                       ": this tensor is undefined: it was never given a value, or is a gradient "
                       "that no backward() has computed",
                   Site(file, line, module));
}

template <class T>
T Tensor::item(Site site) const {
  if (self("item", site).numel != 1)
    throw ShapeError("item: needs exactly one element, the shape is " + shape().str(), site);
  return dispatch(dtype(),
                  [&]<class From>() { return element_cast<T>(*Array(*this).data<From>()); });
}
template bool Tensor::item<bool>(Site) const;
template std::int64_t Tensor::item<std::int64_t>(Site) const;
template float Tensor::item<float>(Site) const;
template double Tensor::item<double>(Site) const;

template <ElementType T>
std::vector<T> Tensor::to_vector(Site site) const {
  check_dtype("to_vector", dtype_of<T>, site);
  const NoGrad no_grad;
  const Tensor dense = is_contiguous() ? *this : clone(*this);
  const T* first = Array(dense).data<T>();
  return std::vector<T>(first, first + numel());
}
template std::vector<bool> Tensor::to_vector<bool>(Site) const;
template std::vector<std::int64_t> Tensor::to_vector<std::int64_t>(Site) const;
template std::vector<float> Tensor::to_vector<float>(Site) const;
template std::vector<double> Tensor::to_vector<double>(Site) const;

void Tensor::check_dtype(const char* member, Dtype wanted, const Site& site) const {
  const Dtype held = self(member, site).dtype;
  if (wanted != held) {
    throw DtypeError(
        std::string(member) + ": the elements are " + name_of(held) + ", not " + name_of(wanted),
        site);
  }
}

Writer Tensor::last_writer(Site site) const {
  const TensorImpl::Replacement* replacement = self("last_writer", site).replacement.get();
  return replacement && storage()->version() == replacement->version ? replacement->writer
                                                                     : storage()->last_writer();
}

bool Tensor::is_leaf(Site site) const {
  self("is_leaf", site);
  return !node() || node()->is_leaf();
}

void Tensor::set_requires_grad(bool value, const Site& site) const {
  self("requires_grad_", site);
  if (!is_leaf()) {
    throw GraphError(std::string("requires_grad_: this is the result of ") + node()->name() +
                         ", not a leaf; use detach() to cut it from the graph",
                     site);
  }
  if (value && !is_floating(dtype())) {
    throw DtypeError(
        std::string("requires_grad_: gradients need a floating dtype, this is ") + name_of(dtype()),
        site);
  }
  if (value && !impl_->node) {
    impl_->node = Leaf::create(spec(), SiteScope::resolve(site));
    impl_->base = nullptr;  // from here on it has a history of its own
    impl_->unrecorded_view = false;
  }
  if (!value) impl_->node = nullptr;
  impl_->requires_grad = value;
}

Tensor Tensor::grad(Site site) const {
  self("grad", site);
  const Node* node = this->node();
  if (!node) return Tensor();
  if (node->is_leaf()) return static_cast<const Leaf*>(node)->grad();
  return node->hooks() ? node->hooks()->retained(output_index()) : Tensor();
}

void Tensor::retain_grad(Site site) const {
  self("retain_grad", site);
  Node& node = node_of("retain_grad", *this, site);
  if (!node.is_leaf()) watched(*this, node).retain_grad(output_index());
}

HookHandle Tensor::add_hook(GradientHook hook, const Site& site) const {
  self("register_hook", site);
  Node& node = node_of("register_hook", *this, site);
  HookHandle handle = node.register_prehook(std::move(hook), output_index());
  watched(*this, node);
  return handle;
}

void Tensor::set_grad(const Tensor& gradient, Site site) const {
  self("set_grad", site);
  Node& node = node_of("set_grad", *this, site);
  const bool retains = node.hooks() && node.hooks()->retains_grad(output_index());
  if (!node.is_leaf() && !retains) {
    throw GraphError(
        std::string("set_grad: only leaves collect gradients, and this is the result of ") +
            node.name() + "; call retain_grad() on it first",
        site);
  }
  if (gradient.defined() && gradient.spec() != spec()) {
    throw ShapeError(
        "set_grad: the gradient is " + gradient.spec().str() + ", the tensor " + spec().str(),
        site);
  }
  if (node.is_leaf())
    static_cast<Leaf&>(node).set_grad(gradient);
  else
    node.hooks()->set_retained(output_index(), gradient);
}

void Tensor::set_data(const Tensor& data, Site site) const {
  self("set_data", site);
  if (!data.defined()) throw ValueError("set_data: the new data is an undefined tensor", site);
  if (!is_leaf()) {
    throw GraphError(
        std::string("set_data: this is the result of ") + node()->name() + ", not a leaf", site);
  }
  if (node() && !is_floating(data.dtype()))
    throw DtypeError(
        std::string("set_data: a leaf with gradients cannot become ") + name_of(data.dtype()),
        site);
  if (node()) {
    Leaf& leaf = static_cast<Leaf&>(*node());
    if (data.spec() != spec()) leaf.set_grad({});
    leaf.set_spec(data.spec());
  }
  impl_->replaced = version() + 1;  // graphs that saved the old elements are stale now
  impl_->replacement = Ref<TensorImpl::Replacement>::adopt(new TensorImpl::Replacement(
      {"set_data", SiteScope::resolve(site)}, data.storage()->version()));
  impl_->base = nullptr;
  impl_->unrecorded_view = false;
  ++impl_->rewritten;  // views show the old elements and go their own ways
  impl_->storage = data.storage();
  impl_->memory = data.impl()->memory;
  impl_->shape = data.shape();
  impl_->strides = data.strides();
  impl_->numel = data.numel();
  impl_->dtype = data.dtype();
  impl_->dense = data.is_contiguous();
}

void Tensor::backward(const Tensor& gradient, BackwardOptions options, Site site) const {
  cinta::backward({*this}, gradient.defined() ? Tensors{gradient} : Tensors{}, options, site);
}

Tensor Tensor::detach() const {
  if (!defined() || is_row_sparse()) return *this;  // of which the latter is in no graph
  return alias(*this, shape(), strides());
}

}  // namespace cinta

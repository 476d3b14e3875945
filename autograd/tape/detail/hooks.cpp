#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/add.hpp>
#include <cinta/autograd/primitive/detail/own.hpp>
#include <cinta/autograd/tape/detail/hooks.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <mutex>

namespace cinta {
namespace {

[[noreturn]] void refuse(const Node& node, const std::string& whose, const Spec& wanted,
                         const Spec& got) {
  const std::string text = std::string(node.name()) + ": a hook returned a gradient of " +
                           got.str() + " for " + whose + " of " + wanted.str();
  if (got.dtype != wanted.dtype) throw DtypeError(text, node.site());
  throw ShapeError(text, node.site());
}

}  // namespace

std::uint64_t Hooks::add(GradientHook hook, int output) {
  const std::lock_guard lock(mutex_);
  before_.insert({++last_id_, {output, std::make_shared<const GradientHook>(std::move(hook))}});
  return last_id_;
}

std::uint64_t Hooks::add(NodeHook hook) {
  const std::lock_guard lock(mutex_);
  after_.insert({++last_id_, {0, std::make_shared<const NodeHook>(std::move(hook))}});
  return last_id_;
}

void Hooks::remove(std::uint64_t id) {
  // What a hook holds is destroyed outside the lock: it may be the last handle to something that
  // removes hooks itself.
  std::shared_ptr<const void> removed;
  const std::lock_guard lock(mutex_);
  const auto take = [&](auto& entries) {
    const auto entry = entries.find(id);
    if (entry == entries.end()) return;
    removed = entry->second.hook;
    entries.erase(entry);
  };
  take(before_);
  take(after_);
}

void Hooks::destroy(Hooks* hooks) noexcept { delete hooks; }

void Hooks::attach(const Node& node) {
  const std::lock_guard lock(mutex_);
  node_ = &node;
  ++nodes_;
}

void Hooks::detach(const Node& node) {
  {
    const std::lock_guard lock(mutex_);
    if (node_ == &node) node_ = nullptr;
    if (--nodes_ > 0) return;
  }
  clear();  // a handle may keep the object, but not what hooks hold
}

void Hooks::clear() {
  std::map<std::uint64_t, Entry<GradientHook>> before;
  std::map<std::uint64_t, Entry<NodeHook>> after;
  std::vector<Retained> retained;
  const std::lock_guard lock(mutex_);
  before.swap(before_);
  after.swap(after_);
  retained.swap(retained_);
}

Hooks::Retained* Hooks::find(int output) {
  const auto is_it = [output](const Retained& entry) { return entry.output == output; };
  const auto found = std::find_if(retained_.begin(), retained_.end(), is_it);
  return found == retained_.end() ? nullptr : &*found;
}

Tensor Hooks::before(const Node& node, int output, Tensor gradient) {
  std::unique_lock lock(mutex_);
  const auto hooks = before_;
  lock.unlock();
  for (const auto& [id, entry] : hooks) {
    if (entry.output != output) continue;
    gradient = detail::own(std::move(gradient));
    Tensor replacement = (*entry.hook)(gradient);
    if (!replacement.defined()) continue;
    if (replacement.spec() != node.output(output)) {
      const std::string which = node.output_count() == 1 ? "" : " " + std::to_string(output);
      refuse(node, "its output" + which, node.output(output), replacement.spec());
    }
    gradient = std::move(replacement);
  }
  lock.lock();
  Retained* retained = node_ == &node ? find(output) : nullptr;
  if (retained) {
    if (retained->gradient.defined())
      retained->gradient = detail::add_gradients(retained->gradient, gradient);
    else
      retained->gradient = clone(gradient);
  }
  return gradient;
}

bool Hooks::any_after() const {
  const std::lock_guard lock(mutex_);
  return !after_.empty();
}

void Hooks::after(const Node& node, Tensors& gradients, const Tensors& dys) {
  std::unique_lock lock(mutex_);
  const auto hooks = after_;
  lock.unlock();
  Tensors kept = dys;  // rules hand them on, and so do grad's results
  if (!hooks.empty())
    for (Tensor& dy : kept)
      if (dy.defined()) dy = clone(dy);
  for (const auto& [id, entry] : hooks) {
    for (Tensor& gradient : gradients)
      if (gradient.defined()) gradient = detail::own(std::move(gradient));
    Tensors replacements = (*entry.hook)(gradients, kept);
    if (replacements.empty()) continue;
    if (replacements.size() != gradients.size()) {
      throw ValueError(std::string(node.name()) + ": a hook returned " +
                           std::to_string(replacements.size()) + " gradients for " +
                           std::to_string(gradients.size()) + " inputs",
                       node.site());
    }
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const Edge input = node.edge(int(i));
      if (!input || !gradients[i].defined() || !replacements[i].defined()) continue;
      if (replacements[i].spec() != input.spec())
        refuse(node, "input " + std::to_string(i), input.spec(), replacements[i].spec());
      gradients[i] = std::move(replacements[i]);
    }
  }
}

void Hooks::retain_grad(int output) {
  const std::lock_guard lock(mutex_);
  if (!find(output)) retained_.push_back({output, {}});
}

bool Hooks::retains_grad(int output) const {
  const std::lock_guard lock(mutex_);
  return find(output) != nullptr;
}

Tensor Hooks::retained(int output) const {
  const std::lock_guard lock(mutex_);
  const Retained* retained = find(output);
  return retained ? retained->gradient : Tensor();
}

void Hooks::set_retained(int output, Tensor gradient) {
  const std::lock_guard lock(mutex_);
  if (Retained* retained = find(output)) std::swap(retained->gradient, gradient);
}

void Hooks::pass_on_retained(int output, Hooks& successor) {
  const std::scoped_lock lock(mutex_, successor.mutex_);
  Retained* retained = find(output);
  successor.retained_ = {{0, std::move(retained->gradient)}};
  retained_.erase(retained_.begin() + (retained - retained_.data()));
}

void Hooks::set_place(std::optional<ViewPlace> place) {
  const std::lock_guard lock(mutex_);
  place_ = std::move(place);
}

std::optional<ViewPlace> Hooks::place() const {
  const std::lock_guard lock(mutex_);
  return place_;
}

void Hooks::forget_view(const TensorImpl* view) {
  const std::lock_guard lock(mutex_);
  if (place_ && place_->view == view) place_->view = nullptr;
}

}  // namespace cinta

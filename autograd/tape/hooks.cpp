#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/add.hpp>
#include <cinta/autograd/tape/hooks.hpp>
#include <cinta/autograd/tape/node.hpp>

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

std::uint64_t Hooks::add(GradientHook hook) {
  const std::lock_guard lock(mutex_);
  before_.push_back({++last_id_, std::make_shared<const GradientHook>(std::move(hook))});
  return last_id_;
}

std::uint64_t Hooks::add(NodeHook hook) {
  const std::lock_guard lock(mutex_);
  after_.push_back({++last_id_, std::make_shared<const NodeHook>(std::move(hook))});
  return last_id_;
}

void Hooks::remove(std::uint64_t id) {
  // What a hook holds is destroyed outside the lock: it may be the last handle to something that
  // removes hooks itself.
  std::shared_ptr<const void> removed;
  const std::lock_guard lock(mutex_);
  const auto take = [&](auto& entries) {
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
      if (entry->id != id) continue;
      removed = entry->hook;
      entries.erase(entry);
      return;
    }
  };
  take(before_);
  take(after_);
}

void Hooks::clear() {
  std::vector<Entry<GradientHook>> before;
  std::vector<Entry<NodeHook>> after;
  Tensor retained;
  const std::lock_guard lock(mutex_);
  before.swap(before_);
  after.swap(after_);
  std::swap(retained, retained_);
}

Tensor Hooks::before(const Node& node, Tensor gradient, bool keep_graph) {
  std::unique_lock lock(mutex_);
  const auto hooks = before_;
  lock.unlock();
  for (const auto& [id, hook] : hooks) {
    Tensor replacement = (*hook)(gradient);
    if (!replacement.defined()) continue;
    if (replacement.spec() != node.output())
      refuse(node, "its output", node.output(), replacement.spec());
    gradient = std::move(replacement);
  }
  lock.lock();
  if (retains_) {
    if (retained_.defined())
      retained_ = detail::add_gradients(retained_, gradient);
    else  // a user may scale it in place: it must share memory with nothing else
      retained_ = keep_graph ? gradient : clone(gradient);
  }
  return gradient;
}

void Hooks::after(const Node& node, Tensors& gradients, const Tensor& dy) {
  std::unique_lock lock(mutex_);
  const auto hooks = after_;
  lock.unlock();
  for (const auto& [id, hook] : hooks) {
    Tensors replacements = (*hook)(gradients, dy);
    if (replacements.empty()) continue;
    if (replacements.size() != gradients.size()) {
      throw ValueError(std::string(node.name()) + ": a hook returned " +
                           std::to_string(replacements.size()) + " gradients for " +
                           std::to_string(gradients.size()) + " inputs",
                       node.site());
    }
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const Node* input = node.input(int(i));
      if (!input || !gradients[i].defined() || !replacements[i].defined()) continue;
      if (replacements[i].spec() != input->output())
        refuse(node, "input " + std::to_string(i), input->output(), replacements[i].spec());
      gradients[i] = std::move(replacements[i]);
    }
  }
}

void Hooks::retain_grad() {
  const std::lock_guard lock(mutex_);
  retains_ = true;
}

bool Hooks::retains_grad() const {
  const std::lock_guard lock(mutex_);
  return retains_;
}

Tensor Hooks::retained() const {
  const std::lock_guard lock(mutex_);
  return retained_;
}

void Hooks::set_retained(Tensor gradient) {
  const std::lock_guard lock(mutex_);
  std::swap(retained_, gradient);
}

void Hooks::pass_on_retained(Hooks& successor) {
  const std::scoped_lock lock(mutex_, successor.mutex_);
  successor.retains_ = std::exchange(retains_, false);
  successor.retained_ = std::exchange(retained_, Tensor());
}

}  // namespace cinta

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/add.hpp>
#include <cinta/autograd/primitive/detail/own.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/detail/hooks.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace cinta {
namespace {

// Gradients on their way to nodes that have not run yet: a hash table with open addressing that
// lives as long as one call, so that no call sees another's sums.
class Pending {
 public:
  Pending() : slots_(16) {}

  struct Slot {
    Node* node = nullptr;
    Tensor gradient;
  };

  // The slot of `node`, made if there is none.
  Slot& operator[](Node* node) {
    if (4 * (used_ + 1) > 3 * slots_.size()) grow();
    std::size_t i = place(node);
    if (!slots_[i].node) {
      slots_[i].node = node;
      ++used_;
    }
    return slots_[i];
  }

  Tensor take(Node* node) {
    std::size_t hole = place(node);
    Tensor gradient = std::move(slots_[hole].gradient);
    slots_[hole] = {};
    --used_;
    // Close the gap: later members of the probe sequence move up.
    for (std::size_t i = next(hole); slots_[i].node; i = next(i)) {
      const std::size_t home = hash(slots_[i].node);
      const bool reachable = hole <= i ? hole < home && home <= i : hole < home || home <= i;
      if (reachable) continue;
      slots_[hole] = std::move(slots_[i]);
      slots_[i] = {};
      hole = i;
    }
    return gradient;
  }

 private:
  std::size_t hash(const Node* node) const {
    return (reinterpret_cast<std::uintptr_t>(node) >> 6) * 0x9E3779B97F4A7C15u >> 20 &
           (slots_.size() - 1);
  }
  std::size_t next(std::size_t i) const { return (i + 1) & (slots_.size() - 1); }
  std::size_t place(const Node* node) const {
    std::size_t i = hash(node);
    while (slots_[i].node && slots_[i].node != node) i = next(i);
    return i;
  }
  void grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (Slot& slot : old)
      if (slot.node) slots_[place(slot.node)] = std::move(slot);
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

// One value for each input of a node, which seldom has many.
template <class T>
class Few {
 public:
  explicit Few(std::size_t count) : many_(count > std::size(few_) ? new T[count]() : nullptr) {}

  T* data() { return many_ ? many_.get() : few_; }
  T& operator[](std::size_t i) { return data()[i]; }

 private:
  T few_[4] = {};
  std::unique_ptr<T[]> many_;
};

using NodeSet = std::unordered_set<const Node*>;
using EdgeSet = std::unordered_set<Edge>;

// The nodes whose rules lead to one of `targets` without passing through one of `stops`; the others
// need not run.
NodeSet nodes_leading_to(const std::vector<Edge>& roots, const EdgeSet& targets,
                         const EdgeSet& stops) {
  NodeSet leading, seen;
  struct Frame {
    const Node* node;
    int next_input;
  };
  std::vector<Frame> stack;
  const auto visit = [&](const Edge& edge) {
    if (edge && !stops.contains(edge) && seen.insert(edge.node).second)
      stack.push_back({edge.node, 0});
  };
  for (const Edge& root : roots) {
    visit(root);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      const Node* node = frame.node;
      if (frame.next_input < node->input_count()) {
        visit(node->edge(frame.next_input++));
        continue;
      }
      bool leads = false;
      for (int i = 0; i < node->input_count() && !leads; ++i) {
        const Edge edge = node->edge(i);
        leads = edge &&
                (targets.contains(edge) || (!stops.contains(edge) && leading.contains(edge.node)));
      }
      if (leads) leading.insert(node);
      stack.pop_back();
    }
  }
  return leading;
}

struct Call {
  bool create_graph;
  bool retain_graph;
  Site site;
  // For grad(): what is asked for, through which nodes the way there leads, and where it ends.
  // Null for backward.
  const EdgeSet* targets = nullptr;
  const NodeSet* leading = nullptr;
  const EdgeSet* stops = nullptr;
};

class Engine final : detail::GradientSums {
 public:
  explicit Engine(const Call& call) : call_(call) {}

  void seed(const Edge& root, Tensor gradient) { contribute(root, std::move(gradient)); }

  // Newest node first: every consumer of a node is newer than the node, so that its gradient is
  // complete when its turn comes.
  void run() {
    const GradModeGuard mode(call_.create_graph);
    while (!queue_.empty()) {
      Node* node = pop();
      if (node->output_count() > 1) [[unlikely]] {
        Tensors gradients = take_all(node);
        bool any = false;
        for (int i = 0; i < node->output_count(); ++i) {
          Tensor& gradient = gradients[std::size_t(i)];
          if (gradient.defined()) any |= arrive({node, i}, gradient);
        }
        if (any) differentiate(*node, gradients);
        continue;
      }
      Tensor gradient = pending_.take(node);
      if (arrive({node, 0}, gradient)) differentiate(*node, {&gradient, 1});
    }
  }

  Tensor captured(const Edge& edge) const {
    const auto found = captured_.find(edge);
    return found == captured_.end() ? Tensor() : found->second;
  }
  void forget_captured() { captured_.clear(); }

 private:
  // What happens to the complete gradient of an output. False if it goes no further: the gradient
  // is then undefined.
  bool arrive(const Edge& edge, Tensor& gradient) {
    Node* node = edge.node;
    const bool stop = call_.stops && call_.stops->contains(edge);
    if (node->hooks() && !stop) [[unlikely]]
      gradient = node->hooks()->before(*node, edge.output, std::move(gradient));
    if (call_.targets) {
      if (call_.targets->contains(edge)) captured_[edge] = gradient;
      if (!node->is_leaf() && !stop) return true;
      gradient = Tensor();
      return false;
    }
    if (!node->is_leaf()) return true;
    const SiteScope scope(call_.site);
    static_cast<Leaf*>(node)->accumulate(std::move(gradient), call_.create_graph);
    return false;
  }

  bool wanted(const Edge& edge) const {
    return edge &&
           (!call_.leading || call_.leading->contains(edge.node) || call_.targets->contains(edge));
  }

  void differentiate(Node& node, std::span<Tensor> dys) {
    const auto count = std::size_t(node.input_count());
    node.prefetch_inputs();
    Few<bool> needed(count);
    bool any = false;
    for (std::size_t i = 0; i < count; ++i) any |= needed[i] = wanted(node.edge(int(i)));
    if (!any) return;
    {
      const SiteScope scope(node.site());
      Few<Tensor> gradients(count);
      {
        const detail::OpWatch::Inside inside;
        node.run(
            Grad(node, dys.data(), needed.data(), {call_.retain_graph, call_.create_graph}, *this),
            gradients.data());
      }
      if (node.hooks() || detail::OpWatch::any()) [[unlikely]]
        show(node, dys, needed.data(), {gradients.data(), count});
      for (std::size_t i = 0; i < count; ++i) {
        if (!needed[i] || !gradients[i].defined()) continue;
        contribute(node.edge(int(i)), fit(node, int(i), std::move(gradients[i])));
      }
    }
    if (!call_.retain_graph) node.release_saved();
  }

  // To those who watch, and to hooks, which may replace them.
  void show(Node& node, std::span<Tensor> dys, const bool* needed, std::span<Tensor> gradients) {
    Tensors shown(gradients.begin(), gradients.end());
    std::fill(gradients.begin(), gradients.end(), Tensor());
    if (detail::OpWatch::any())
      detail::OpWatch::differentiated(node, {dys.data(), dys.size()}, shown);
    if (node.hooks()) {
      for (int i = 0; i < node.input_count(); ++i) {
        Tensor& gradient = shown[std::size_t(i)];
        if (!needed[i]) gradient = Tensor();
        if (gradient.defined()) gradient = fit(node, i, std::move(gradient));
      }
      node.hooks()->after(node, shown, Tensors(dys.begin(), dys.end()));
    }
    std::move(shown.begin(), shown.end(), gradients.begin());
  }

  // Undoes broadcasting, and refuses what cannot be a gradient of the input.
  static Tensor fit(const Node& node, int index, Tensor gradient) {
    const Spec& input = node.input_spec(index);
    if (gradient.dtype() == input.dtype) {
      if (gradient.shape() == input.shape) return gradient;
      if (broadcasts_to(input.shape, gradient.shape())) return sum_to(gradient, input.shape);
    }
    throw RuleError(std::string(node.name()) + ": its backward rule returned a gradient of " +
                        gradient.spec().str() + " for input " + std::to_string(index) + " of " +
                        input.str() + "; return one of that dtype and shape, or of a shape that " +
                        input.shape.str() + " broadcasts to",
                    node.site());
  }

  // Where the gradients of an output add up; undefined at first, when its node joins the queue.
  Tensor& sum_of(const Edge& edge) {
    if (edge.node->output_count() > 1) [[unlikely]] {
      const auto [entry, is_new] = of_several_.try_emplace(edge.node);
      if (is_new) {
        entry->second.resize(std::size_t(edge.node->output_count()));
        push(edge.node);
      }
      return entry->second[std::size_t(edge.output)];
    }
    Tensor& sum = pending_[edge.node].gradient;
    if (!sum.defined()) push(edge.node);
    return sum;
  }

  Tensors take_all(Node* node) {
    const auto entry = of_several_.find(node);
    Tensors gradients = std::move(entry->second);
    of_several_.erase(entry);
    return gradients;
  }

  Tensor add(const Node& node, int input, const Part& part) override {
    const Edge edge = node.edge(input);
    if (detail::are_gradients_read(node)) {
      const Tensor whole = zeros(edge.spec().shape, edge.spec().dtype);
      detail::add_part(whole, part);
      return whole;
    }
    Tensor& sum = sum_of(edge);
    if (!sum.defined())
      sum = zeros(edge.spec().shape, edge.spec().dtype);
    else if (sum.is_row_sparse())
      sum = to_dense(sum);
    else if (!detail::is_ours(sum))
      sum = clone(sum);
    detail::add_part(sum, part);
    return {};
  }

  void contribute(const Edge& edge, Tensor gradient) {
    Tensor& sum = sum_of(edge);
    if (!sum.defined()) {
      sum = std::move(gradient);
      return;
    }
    {
      const detail::OpWatch::Inside inside;
      if (!call_.create_graph && sum.is_unique() && sum.is_contiguous())
        detail::add_in_place(sum, gradient);
      else
        sum = detail::add_gradients(sum, gradient);
    }
    if (detail::OpWatch::any()) detail::OpWatch::summed(edge, sum);
  }

  // Ties (leaves, or nodes of different threads) keep the order of arrival.
  struct Entry {
    std::uint64_t sequence;
    std::uint64_t arrival;
    Node* node;
    bool operator<(const Entry& other) const {
      return sequence != other.sequence ? sequence < other.sequence : arrival > other.arrival;
    }
  };
  void push(Node* node) {
    queue_.push_back({node->sequence(), arrivals_++, node});
    std::push_heap(queue_.begin(), queue_.end());
  }
  Node* pop() {
    std::pop_heap(queue_.begin(), queue_.end());
    Node* node = queue_.back().node;
    queue_.pop_back();
    return node;
  }

  const Call& call_;
  Pending pending_;
  std::unordered_map<Node*, Tensors> of_several_;  // the same for nodes with several outputs
  std::unordered_map<Edge, Tensor> captured_;
  std::vector<Entry> queue_;
  std::uint64_t arrivals_ = 0;
};

// Checks the roots and hands each its starting gradient. A constant root has none to hand over:
// where that is allowed, everything is unused by it.
void seed(Engine& engine, const char* what, const Tensors& roots, const Tensors& gradients,
          bool allow_constant, const Site& site) {
  if (!gradients.empty() && gradients.size() != roots.size()) {
    throw ValueError(std::string(what) + ": " + std::to_string(gradients.size()) +
                         " gradients for " + std::to_string(roots.size()) + " roots",
                     site);
  }
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const Tensor& root = roots[i];
    if (!root.defined()) throw ValueError(std::string(what) + ": undefined root", site);
    if (!root.requires_grad()) {
      if (allow_constant) continue;
      throw DetachedError(std::string(what) +
                              ": the root does not depend on any tensor that requires gradients "
                              "(was it detached, or made under NoGrad?); call requires_grad_() on "
                              "a leaf before the computation",
                          site);
    }
    Tensor gradient = gradients.empty() ? Tensor() : gradients[i];
    if (!gradient.defined()) {
      if (root.numel() != 1) {
        throw NonScalarError(std::string(what) + ": a root of shape " + root.shape().str() +
                                 " needs a gradient to weigh its elements; pass one, or reduce the "
                                 "root with sum or mean",
                             site);
      }
      gradient = ones(root.shape(), root.dtype());
    } else if (gradient.spec() != root.spec()) {
      const std::string text = std::string(what) + ": the gradient is " + gradient.spec().str() +
                               ", the root " + root.spec().str();
      if (gradient.shape() == root.shape()) throw DtypeError(text + "; convert it with to()", site);
      throw ShapeError(text, site);
    }
    const Edge edge = edge_of(root);
    if (detail::OpWatch::any()) detail::OpWatch::seeded(edge, gradient, site);
    engine.seed(edge, std::move(gradient));
  }
}

}  // namespace

void backward(const Tensors& roots, const Tensors& gradients, BackwardOptions options, Site site) {
  const Call call{options.create_graph, options.retain_graph || options.create_graph,
                  SiteScope::resolve(site)};
  Engine engine(call);
  seed(engine, "backward", roots, gradients, false, call.site);
  engine.run();
}

Tensors grad(const Tensors& outputs, const Tensors& inputs, const GradOptions& options, Site site) {
  const Site& here = SiteScope::resolve(site);
  EdgeSet targets, stops;
  for (const Tensor& stop : options.stop_gradients)
    if (stop.defined() && stop.requires_grad()) stops.insert(edge_of(stop));
  for (const Tensor& input : inputs) {
    if (!input.defined()) throw ValueError("grad: undefined input", here);
    if (!input.requires_grad() && !options.allow_unused) {
      throw DetachedError("grad: an input of shape " + input.shape().str() +
                              " does not require gradients; call requires_grad_() on it before the "
                              "computation",
                          here);
    }
    if (input.requires_grad()) targets.insert(edge_of(input));
  }
  std::vector<Edge> roots;
  for (const Tensor& output : outputs)
    if (output.defined() && output.requires_grad()) roots.push_back(edge_of(output));
  const auto leading = nodes_leading_to(roots, targets, stops);

  const Call call{options.create_graph,
                  options.retain_graph.value_or(options.create_graph),
                  here,
                  &targets,
                  &leading,
                  &stops};
  Engine engine(call);
  seed(engine, "grad", outputs, options.grad_outputs, options.allow_unused, here);
  engine.run();

  Tensors gradients;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    gradients.push_back(inputs[i].requires_grad() ? engine.captured(edge_of(inputs[i])) : Tensor());
    if (!gradients.back().defined() && !options.allow_unused) {
      throw UnusedError("grad: input " + std::to_string(i) + " of shape " +
                            inputs[i].shape().str() +
                            " was not used to compute the outputs; pass allow_unused to get an "
                            "undefined gradient for it",
                        here);
    }
  }
  engine.forget_captured();
  const GradModeGuard mode(call.create_graph);
  for (Tensor& gradient : gradients)
    if (gradient.defined()) gradient = detail::own(std::move(gradient));
  return gradients;
}

}  // namespace cinta

#include <cinta/autograd/debug/detect_cycles.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace cinta {
namespace {

// Whether the gradient of `leaf` leads back to it: through what it was computed from, and through
// the gradients of leaves among that.
bool holds_itself(const Node* leaf) {
  std::unordered_set<const Node*> seen;
  std::vector<const Node*> waiting{leaf};
  const auto visit = [&](const Node* node) {
    if (node && seen.insert(node).second) waiting.push_back(node);
  };
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    for (int i = 0; i < node->input_count(); ++i) visit(node->input(i));
    if (!node->is_leaf()) continue;
    const Tensor gradient = static_cast<const Leaf*>(node)->grad();
    if (gradient.defined()) visit(gradient.node());
  }
  return seen.contains(leaf);
}

}  // namespace

struct DetectCycles::Leaves {
  std::unordered_map<const Node*, Ref<Node>> held;
};

DetectCycles::DetectCycles() : leaves_(std::make_shared<Leaves>()) {}

void DetectCycles::after_record(const Op&, Node& node) {
  for (int i = 0; i < node.input_count(); ++i) {
    Node* input = node.input(i);
    if (input && input->is_leaf()) leaves_->held.try_emplace(input, Ref<Node>::share(input));
  }
}

std::vector<std::string> DetectCycles::found() const {
  std::vector<std::string> lines;
  for (const auto& [node, leaf] : leaves_->held) {
    if (!holds_itself(node)) continue;
    lines.push_back("the gradient of the leaf " + node->output().shape.str() + " [" +
                    node->site().str() +
                    "] leads back to it; call zero_grad() before it goes, or take gradients with "
                    "grad()");
  }
  return lines;
}

}  // namespace cinta

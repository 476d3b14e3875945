#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/debug/graph_text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <unordered_map>

namespace cinta {
namespace {

// The nodes that lead to a tensor, in the order of execution, and each one's place in it.
struct Order {
  std::vector<const Node*> nodes;
  std::unordered_map<const Node*, std::size_t> numbers;
};

Order order_of(const char* what, const Tensor& tensor, const Site& site) {
  if (!tensor.defined()) throw ValueError(std::string(what) + ": undefined tensor", site);
  Order order;
  if (!tensor.requires_grad()) return order;
  // Depth first, inputs in their order, so that leaves come in the order of their first use.
  std::vector<const Node*> stack = {tensor.node()};
  while (!stack.empty()) {
    const Node* node = stack.back();
    stack.pop_back();
    if (!order.numbers.try_emplace(node).second) continue;
    order.nodes.push_back(node);
    for (int i = node->input_count() - 1; i >= 0; --i)
      if (node->input(i)) stack.push_back(node->input(i));
  }
  // Sequence numbers grow along every path and with time.
  std::stable_sort(order.nodes.begin(), order.nodes.end(),
                   [](const Node* a, const Node* b) { return a->sequence() < b->sequence(); });
  for (std::size_t i = 0; i < order.nodes.size(); ++i) order.numbers[order.nodes[i]] = i;
  return order;
}

// The number of an output behind `mark`, where there are several.
std::string number(const Node& node, int output, const char* mark) {
  return node.output_count() == 1 ? "" : mark + std::to_string(output);
}

// "saves input 0, input 1, output", or nothing.
std::string saves(const Node& node) {
  std::string text;
  for (int i = 0; !node.is_leaf() && i < node.input_count() + node.output_count(); ++i) {
    if (!node.held(i).defined()) continue;
    text += text.empty() ? "saves " : ", ";
    if (i < node.input_count())
      text += "input " + std::to_string(i);
    else
      text += "output" + number(node, i - node.input_count(), " ");
  }
  return text;
}

// "float32 (3,)", of several outputs "2 x float32 (3,), int64 (3,)".
std::string outputs(const Node& node) {
  std::string text;
  for (int i = 0, next = 0; i < node.output_count(); i = next) {
    while (next < node.output_count() && node.output(next) == node.output(i)) ++next;
    if (i) text += ", ";
    if (next - i > 1) text += std::to_string(next - i) + " x ";
    text += node.output(i).str();
  }
  return text;
}

// Within quotes of the dot language.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n')
      result += "\\n";
    else
      result += c;
  }
  return result;
}

}  // namespace

void KeepAttributes::after_record(const Op& op, Node& node) { node.keep_attributes(op.attributes); }

std::string to_dot(const Tensor& tensor, Site site) {
  const Order order = order_of("to_dot", tensor, site);
  std::string text =
      "digraph cinta {\n  node [shape=ellipse, fontname=\"Helvetica\", fontsize=10];\n";
  if (order.nodes.empty())
    text +=
        "  n0 [label=\"" + escaped("not recorded\n" + tensor.spec().str()) + "\", shape=box];\n";
  for (std::size_t k = 0; k < order.nodes.size(); ++k) {
    const Node& node = *order.nodes[k];
    const std::string name = "n" + std::to_string(k), saved = saves(node);
    std::string label = node.str();
    label += '\n' + outputs(node) + '\n' + node.site().str();
    if (!saved.empty()) label += '\n' + saved;
    text += "  " + name + " [label=\"" + escaped(label) + '"';
    if (node.is_leaf()) text += ", shape=box, style=filled, fillcolor=lightblue";
    if (&node == tensor.node()) text += ", peripheries=2";
    text += "];\n";
    for (int i = 0; i < node.input_count(); ++i) {
      if (!node.input(i)) continue;
      const Edge edge = node.edge(i);
      text += "  n" + std::to_string(order.numbers.at(edge.node)) + " -> " + name;
      if (node.input_count() > 1) text += " [label=\"" + std::to_string(i) + "\"]";
      if (edge.node->output_count() > 1)
        text += " [taillabel=\"" + std::to_string(edge.output) + "\"]";
      text += ";\n";
    }
  }
  return text + "}\n";
}

std::string to_tape(const Tensor& tensor, Site site) {
  const Order order = order_of("to_tape", tensor, site);
  if (order.nodes.empty()) return "not recorded  " + tensor.spec().str() + '\n';
  std::string text;
  for (std::size_t k = 0; k < order.nodes.size(); ++k) {
    const Node& node = *order.nodes[k];
    text += '%' + std::to_string(k) + " = " + node.name();
    if (!node.is_leaf()) {
      const std::string attributes = node.attributes().str();
      text += '(';
      for (int i = 0; i < node.input_count(); ++i) {
        if (i) text += ", ";
        const Edge edge = node.edge(i);
        text += edge ? '%' + std::to_string(order.numbers.at(edge.node)) +
                           number(*edge.node, edge.output, ".")
                     : "_";
      }
      if (!attributes.empty()) text += ", " + attributes;
      text += ')';
    }
    text += "  " + outputs(node);
    if (const std::string saved = saves(node); !saved.empty()) text += "  " + saved;
    text += "  [" + node.site().str() + "]\n";
  }
  return text;
}

}  // namespace cinta

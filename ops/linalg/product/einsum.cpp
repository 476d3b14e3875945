#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/linalg/product/einsum.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/diagonal.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <map>
#include <optional>
#include <set>

namespace cinta {
namespace {

using std::to_string;

// The name of an axis: a letter, or the number of an axis of "...", from the last one -1 on.
using Label = int;
using Labels = std::vector<Label>;

bool contains(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

std::string text(Label label) {
  return label < 0 ? "axis " + to_string(label) + " of ..." : std::string("'") + char(label) + "'";
}

// A tensor and what its axes are called; each name comes once.
struct Factor {
  Tensor tensor;
  Labels labels;

  std::int64_t size(Label label) const {
    const auto at = std::find(labels.begin(), labels.end(), label);
    return at == labels.end() ? 1 : tensor.shape()[int(at - labels.begin())];
  }
};

struct Subscripts {
  std::vector<std::string> inputs;
  std::optional<std::string> output;
};

// Letters and at most one "...", which is written as '.'.
std::string checked_part(std::string_view part, std::string_view equation, const Site& site) {
  const auto refuse = [&](const std::string& why) {
    throw ValueError("einsum: \"" + std::string(equation) + "\": " + why, site);
  };
  std::string result;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    if (c == ' ') continue;
    if (part.substr(i, 3) == "...") {
      if (result.find('.') != std::string::npos) refuse("\"...\" comes twice for one operand");
      result += '.';
      i += 2;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      result += c;
    } else {
      refuse(std::string("'") + c + "' names no axis");
    }
  }
  return result;
}

Subscripts parsed(std::string_view equation, const Site& site) {
  Subscripts result;
  std::string_view inputs = equation;
  const std::size_t arrow = equation.find("->");
  if (arrow != std::string_view::npos) {
    inputs = equation.substr(0, arrow);
    result.output = checked_part(equation.substr(arrow + 2), equation, site);
  }
  for (;;) {
    const std::size_t comma = inputs.find(',');
    result.inputs.push_back(checked_part(inputs.substr(0, comma), equation, site));
    if (comma == std::string_view::npos) return result;
    inputs = inputs.substr(comma + 1);
  }
}

// Names for the axes of an operand, with repeated ones.
Labels labels_of(const std::string& part, const Tensor& x, std::size_t number, const Site& site) {
  const bool any = part.find('.') != std::string::npos;
  const int named = int(part.size()) - any, rest = x.rank() - named;
  if (rest < 0 || (rest > 0 && !any)) {
    throw ShapeError("einsum: operand " + to_string(number) + " has the shape " + x.shape().str() +
                         ", the text names " + to_string(named) + " axes",
                     site);
  }
  Labels labels;
  for (const char c : part) {
    if (c != '.')
      labels.push_back(c);
    else
      for (int i = rest; i > 0; --i) labels.push_back(-i);
  }
  return labels;
}

// Takes the diagonal where a name is repeated.
Factor without_repeats(Tensor x, Labels labels, std::size_t number, const Site& site) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (std::size_t j = i + 1; j < labels.size(); ++j) {
      if (labels[i] != labels[j]) continue;
      if (x.shape()[int(i)] != x.shape()[int(j)]) {
        throw ShapeError("einsum: axes " + text(labels[i]) + " of operand " + to_string(number) +
                             " have sizes " + to_string(x.shape()[int(i)]) + " and " +
                             to_string(x.shape()[int(j)]),
                         site);
      }
      const Label label = labels[i];
      x = diagonal(x, 0, int(i), int(j));
      labels.erase(labels.begin() + std::ptrdiff_t(j));
      labels.erase(labels.begin() + std::ptrdiff_t(i));
      labels.push_back(label);
      return without_repeats(x, labels, number, site);
    }
  }
  return {x, labels};
}

// Sums over the names that are not kept.
Factor summed(const Factor& x, const Labels& kept) {
  std::vector<std::int64_t> axes;
  Labels labels;
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    if (contains(kept, x.labels[i]))
      labels.push_back(x.labels[i]);
    else
      axes.push_back(std::int64_t(i));
  }
  return axes.empty() ? x : Factor{sum(x.tensor, axes), labels};
}

// The axes in this order; those that x lacks have size 1.
Tensor arranged(const Factor& x, const Labels& order) {
  Shape axes = Shape::filled(int(x.labels.size())), shape = Shape::filled(int(order.size()), 1);
  int next = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto at = std::find(x.labels.begin(), x.labels.end(), order[i]);
    if (at == x.labels.end()) continue;
    axes[next] = at - x.labels.begin();
    shape[int(i)] = x.tensor.shape()[int(axes[next++])];
  }
  return reshape(permute(x.tensor, axes), shape);
}

Labels joined(const Labels& a, const Labels& b) {
  Labels all = a;
  all.insert(all.end(), b.begin(), b.end());
  return all;
}

std::int64_t product(const Factor& x, const Labels& labels) {
  std::int64_t n = 1;
  for (const Label label : labels) n *= x.size(label);
  return n;
}

// Leading axes as they are, then `rows` and `columns` as one axis each.
Tensor as_matrices(const Factor& x, const Labels& batch, const Labels& rows,
                   const Labels& columns) {
  const Tensor all = arranged(x, joined(joined(batch, rows), columns));
  Shape shape = Shape::filled(int(batch.size()) + 2);
  for (int i = 0; i < int(batch.size()); ++i) shape[i] = all.shape()[i];
  shape[int(batch.size())] = product(x, rows);
  shape[int(batch.size()) + 1] = product(x, columns);
  return reshape(all, shape);
}

// The product of two operands, summed over what nobody needs behind it.
Factor multiplied(const Factor& left, const Factor& right, const Labels& needed) {
  // What is summed and belongs to one of them alone (size 1 says nothing) is summed before.
  const auto kept = [&needed](const Factor& x, const Factor& other) {
    Labels labels;
    for (const Label label : x.labels) {
      const bool shared = contains(other.labels, label) && x.size(label) == other.size(label);
      if (shared || contains(needed, label)) labels.push_back(label);
    }
    return labels;
  };
  const Factor a = summed(left, kept(left, right)), b = summed(right, kept(right, left));
  Labels batch, rows, columns, inner;
  for (const Label label : a.labels) {
    if (!contains(b.labels, label))
      rows.push_back(label);
    else
      (contains(needed, label) ? batch : inner).push_back(label);
  }
  for (const Label label : b.labels)
    if (!contains(a.labels, label)) columns.push_back(label);
  const Labels result = joined(joined(batch, rows), columns);
  if (inner.empty()) return {arranged(a, result) * arranged(b, result), result};
  const Tensor products =
      matmul(as_matrices(a, batch, rows, inner), as_matrices(b, batch, inner, columns));
  Shape shape = Shape::filled(int(result.size()));
  for (int i = 0; i < int(batch.size()); ++i) shape[i] = products.shape()[i];
  for (std::size_t i = batch.size(); i < result.size(); ++i)
    shape[int(i)] = contains(rows, result[i]) ? a.size(result[i]) : b.size(result[i]);
  return {reshape(products, shape), result};
}

// Products are formed along a tree: of operands, and of pairs of trees.
class Plan {
 public:
  Plan(std::vector<Factor> operands, Labels output)
      : operands_(std::move(operands)), output_(std::move(output)) {
    for (const Factor& x : operands_)
      for (const Label label : x.labels) sizes_[label] = std::max(sizes_[label], x.size(label));
  }

  Factor run() { return operands_.size() <= most_exact ? run_cheapest() : run_greedy(); }

 private:
  static constexpr std::size_t most_exact = 8;

  double work(const std::set<Label>& labels) const {
    double n = 1;
    for (const Label label : labels) n *= double(std::max<std::int64_t>(sizes_.at(label), 1));
    return n;
  }

  // The names that the operands outside `set` or the output need.
  Labels needed_outside(unsigned set) const {
    Labels needed = output_;
    for (std::size_t i = 0; i < operands_.size(); ++i)
      if (!(set >> i & 1)) needed = joined(needed, operands_[i].labels);
    return needed;
  }
  // The names of the product of a set.
  std::set<Label> labels_of_product(unsigned set) const {
    const Labels needed = needed_outside(set);
    std::set<Label> labels;
    for (std::size_t i = 0; i < operands_.size(); ++i)
      if (set >> i & 1)
        for (const Label label : operands_[i].labels)
          if (contains(needed, label)) labels.insert(label);
    return labels;
  }

  Factor run_cheapest() {
    const unsigned all = (1u << operands_.size()) - 1;
    std::vector<double> cost(all + 1, 0);
    splits_.assign(all + 1, 0);
    std::vector<std::set<Label>> labels(all + 1);
    for (unsigned set = 1; set <= all; ++set) {
      labels[set] = labels_of_product(set);
      if ((set & (set - 1)) == 0) continue;
      cost[set] = -1;
      // The half with the first operand, so that each pair comes once.
      for (unsigned part = (set - 1) & set; part > 0; part = (part - 1) & set) {
        if (!(part & (set & -set))) continue;
        std::set<Label> both = labels[part];
        both.insert(labels[set ^ part].begin(), labels[set ^ part].end());
        const double here = cost[part] + cost[set ^ part] + work(both);
        if (cost[set] < 0 || here < cost[set]) {
          cost[set] = here;
          splits_[set] = part;
        }
      }
    }
    return product_of(all);
  }

  Factor product_of(unsigned set) const {
    if (splits_[set] == 0) return operands_[std::size_t(__builtin_ctz(set))];
    return multiplied(product_of(splits_[set]), product_of(set ^ splits_[set]),
                      needed_outside(set));
  }

  Factor run_greedy() {
    while (operands_.size() > 1) {
      std::size_t first = 0, second = 1;
      double least = -1;
      for (std::size_t i = 0; i < operands_.size(); ++i) {
        for (std::size_t j = i + 1; j < operands_.size(); ++j) {
          std::set<Label> both(operands_[i].labels.begin(), operands_[i].labels.end());
          both.insert(operands_[j].labels.begin(), operands_[j].labels.end());
          if (least >= 0 && work(both) >= least) continue;
          least = work(both);
          first = i, second = j;
        }
      }
      Labels needed = output_;
      for (std::size_t i = 0; i < operands_.size(); ++i)
        if (i != first && i != second) needed = joined(needed, operands_[i].labels);
      operands_[first] = multiplied(operands_[first], operands_[second], needed);
      operands_.erase(operands_.begin() + std::ptrdiff_t(second));
    }
    return operands_[0];
  }

  std::vector<Factor> operands_;
  Labels output_;
  std::map<Label, std::int64_t> sizes_;
  std::vector<unsigned> splits_;  // of each set, the part that is one half of its cheapest product
};

}  // namespace

Tensor einsum(std::string_view equation, const Tensors& operands, Site site) {
  const std::string shown(equation);
  const Op op{"einsum", Save::nothing(), site, {{"equation", shown}}};
  detail::check_defined(op, operands);
  const auto refuse = [&](const std::string& why) {
    throw ValueError("einsum: \"" + shown + "\": " + why, op.site);
  };
  const Subscripts parts = parsed(equation, op.site);
  if (parts.inputs.size() != operands.size()) {
    refuse("names " + to_string(parts.inputs.size()) + " operands, there are " +
           to_string(operands.size()));
  }
  Dtype dtype = boolean;
  for (const Tensor& x : operands) {
    dtype = promote(dtype, x.dtype());
    if (!is_floating(x.dtype())) {
      throw DtypeError(std::string("einsum: needs floating dtypes, got ") + name_of(x.dtype()),
                       op.site);
    }
  }
  const OpScope scope(op);
  std::vector<Factor> named;
  std::map<Label, std::pair<std::int64_t, std::size_t>> sizes;  // and who has it
  std::map<Label, int> uses;
  int axes = 0;  // of "..."
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const Labels labels = labels_of(parts.inputs[k], operands[k], k, op.site);
    for (const Label label : labels) {
      ++uses[label];
      axes = std::max(axes, -label);
    }
    named.push_back(without_repeats(to(operands[k], dtype), labels, k, op.site));
    for (const Label label : named.back().labels) {
      const std::int64_t size = named.back().size(label);
      const auto [known, is_new] = sizes.try_emplace(label, size, k);
      if (is_new || known->second.first == size || (label < 0 && size == 1)) continue;
      if (label < 0 && known->second.first == 1) {
        known->second = {size, k};
        continue;
      }
      throw ShapeError("einsum: " + text(label) + " is " + to_string(known->second.first) +
                           " in operand " + to_string(known->second.second) + " and " +
                           to_string(size) + " in operand " + to_string(k),
                       op.site);
    }
  }
  Labels output;
  const auto add_ellipsis = [&] {
    for (int i = axes; i > 0; --i) output.push_back(-i);
  };
  if (parts.output) {
    for (const char c : *parts.output) {
      if (c == '.') {
        add_ellipsis();
        continue;
      }
      if (!uses.contains(c)) refuse(std::string("the result's '") + c + "' is no operand's");
      if (contains(output, c)) refuse(std::string("the result has '") + c + "' twice");
      output.push_back(c);
    }
  } else {
    add_ellipsis();
    for (const auto& [label, count] : uses)
      if (label > 0 && count == 1) output.push_back(label);
  }
  Plan plan(named, output);
  return arranged(summed(plan.run(), output), output);
}

}  // namespace cinta

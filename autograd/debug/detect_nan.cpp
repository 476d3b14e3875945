#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/debug/detect_nan.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cmath>
#include <limits>
#include <sstream>

namespace cinta {
namespace {

struct Range {
  double min = std::numeric_limits<double>::infinity();  // of the finite elements
  double max = -std::numeric_limits<double>::infinity();
  std::int64_t nans = 0, infinities = 0;
};

// Calls f with the elements of a floating tensor, dense; of a row-sparse one with those of its
// rows.
template <class F>
auto with_elements(const Tensor& x, F f) {
  const NoGrad no_grad;
  const detail::OpWatch::Inside inside;  // the copy is not the user's
  const Tensor& elements = x.is_row_sparse() ? row_values(x) : x;
  const Tensor dense = elements.is_contiguous() ? elements : clone(elements);
  return dispatch_floating(x.dtype(), [&]<class T>() {
    return f(const_cast<const T*>(dense.data<T>()), dense.numel());
  });
}

Range range_of(const Tensor& x) {
  return with_elements(x, [](const auto* values, std::int64_t count) {
    Range range;
    for (std::int64_t i = 0; i < count; ++i) {
      const double v = double(values[i]);
      if (std::isnan(v)) {
        ++range.nans;
      } else if (std::isinf(v)) {
        ++range.infinities;
      } else {
        range.min = std::min(range.min, v);
        range.max = std::max(range.max, v);
      }
    }
    return range;
  });
}

// "2 NaN and 1 infinite"
std::string counts(const Range& range) {
  return std::to_string(range.nans) + " NaN and " + std::to_string(range.infinities) + " infinite";
}

// "; input 0 float32 (3,) from 0 to 2, 0 NaN and 0 infinite"
std::string described(const std::string& what, const Tensor& x) {
  if (!x.defined()) return "";
  std::ostringstream text;
  text << "; " << what << ' ' << x.spec().str();
  if (!is_floating(x.dtype())) return text.str();
  const Range range = range_of(x);
  if (range.min <= range.max) text << " from " << range.min << " to " << range.max;
  text << ", " << counts(range);
  return text.str();
}

// "output", or of several "output 1".
std::string output_text(std::size_t index, std::size_t count) {
  return count == 1 ? "output" : "output " + std::to_string(index);
}

}  // namespace

bool DetectNan::bad(const Tensor& x) const {
  if (!x.defined() || !is_floating(x.dtype())) return false;
  return with_elements(x, [&](const auto* values, std::int64_t count) {
    using T = std::remove_cvref_t<decltype(*values)>;
    std::int64_t found = 0;  // without an early end, so that the loop is vectorised
    if (options_.infinities)
      for (std::int64_t i = 0; i < count; ++i)
        found += !(std::abs(values[i]) <= std::numeric_limits<T>::max());
    else
      for (std::int64_t i = 0; i < count; ++i) found += values[i] != values[i];
    return found > 0;
  });
}

void DetectNan::after_record(const Op& op, Node& node) { node.keep_attributes(op.attributes); }

void DetectNan::before_write(const Tensor& x, const Inputs&) {
  if (!nested()) was_bad_ = bad(x);
}

void DetectNan::after_forward(const Op& op, const Inputs& inputs, TensorSpan outputs,
                              const detail::Forward*) {
  if (nested()) return;
  const auto found =
      std::find_if(outputs.begin(), outputs.end(), [this](const Tensor& y) { return bad(y); });
  if (found == outputs.end()) return;
  const Tensor& output = *found;
  const std::string of_which =
      outputs.size() == 1
          ? ""
          : " of " + output_text(std::size_t(found - outputs.begin()), outputs.size());
  std::string outside, ranges;
  for (int i = 0; i < inputs.size(); ++i) {
    const std::string which = "input " + std::to_string(i);
    const bool overwritten = inputs[i].impl() == output.impl();
    if (outside.empty() && (overwritten ? was_bad_ : bad(inputs[i]))) outside = which;
    if (overwritten) continue;
    ranges += described(which, inputs[i]);
  }
  const std::string name = op.str();
  if (!outside.empty()) {
    throw NanError(name + ": forward got a NaN or infinity from outside the DetectNan scope, in " +
                       outside + ranges,
                   op.site);
  }
  throw NanError(name + ": forward made " + counts(range_of(output)) + " of " +
                     std::to_string(output.numel()) + " elements" + of_which + ranges,
                 op.site);
}

void DetectNan::after_backward(const Node& node, TensorSpan dys, const Tensors& gradients) {
  if (nested()) return;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!bad(gradients[i])) continue;
    std::string outside, ranges;
    for (std::size_t k = 0; k < dys.size(); ++k)
      ranges += described(
          "gradient of " + (dys.size() == 1 ? "the output" : output_text(k, dys.size())), dys[k]);
    for (int k = 0; k < node.input_count() + node.output_count(); ++k) {
      const std::string which = k < node.input_count()
                                    ? "input " + std::to_string(k)
                                    : output_text(std::size_t(k - node.input_count()), dys.size());
      if (outside.empty() && bad(node.held(k))) outside = which;
      ranges += described(which, node.held(k));
    }
    const std::string name = node.str();
    const std::string target = "the gradient of input " + std::to_string(i);
    if (!outside.empty()) {
      throw NanError(name +
                         ": backward got a NaN or infinity from outside the DetectNan scope, in " +
                         outside + ", for " + target + ranges,
                     node.site());
    }
    throw NanError(name + ": backward made " + counts(range_of(gradients[i])) + " of " +
                       std::to_string(gradients[i].numel()) + " elements of " + target + ranges,
                   node.site());
  }
}

void DetectNan::before_backward(const Edge& root, const Tensor& gradient, const Site& site) {
  if (nested() || !bad(gradient)) return;
  throw NanError(
      std::string("backward: got a NaN or infinity from outside the DetectNan scope, in the "
                  "gradient of a root made by ") +
          root.node->name() + described("gradient", gradient),
      site);
}

void DetectNan::after_sum(const Edge& edge, const Tensor& gradient) {
  if (nested() || !bad(gradient)) return;
  throw NanError(std::string(edge.node->name()) + ": backward made " + counts(range_of(gradient)) +
                     " of " + std::to_string(gradient.numel()) +
                     " elements by adding the gradients of its output's uses" +
                     described("sum", gradient),
                 edge.node->site());
}

}  // namespace cinta

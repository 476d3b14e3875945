#include <algorithm>
#include <cinta/autograd/check/detail/join.hpp>
#include <cinta/autograd/check/gradients.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/detail/rows.hpp>
#include <cinta/autograd/tape/node.hpp>

namespace cinta::detail {
namespace {

// Where the elements of several results stand in the joined one.
struct Places {
  std::vector<std::size_t> results;
  std::vector<Shape> shapes;
  const char* op = nullptr;  // that made the first of them
  Site site;

  void add(std::size_t i, const Tensor& result) {
    if (const Node* node = result.node(); node && !op) {
      op = node->name();
      site = node->site();
    }
    results.push_back(i);
    shapes.push_back(result.shape());
  }

  // `place` counts elements of all results.
  void find(Shape& place, std::string& name) const {
    std::int64_t element = place[0];
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      if (element >= shapes[i].numel()) {
        element -= shapes[i].numel();
        continue;
      }
      name += std::to_string(results[i]);
      place = Shape::filled(shapes[i].rank());
      for (int axis = shapes[i].rank() - 1; axis >= 0; --axis) {
        place[axis] = element % shapes[i][axis];
        element /= shapes[i][axis];
      }
      return;
    }
  }

  void name(GradientEntry& entry) const {
    if (entry.output == "output" && entry.output_index.rank() == 1)
      find(entry.output_index, entry.output);
    if (entry.input == "grad output" && entry.index.rank() == 1) find(entry.index, entry.input);
  }
};

bool is_differentiable(std::size_t, const Tensor& result) { return is_floating(result.dtype()); }

}  // namespace

Tensor joined(const Tensors& results, const Differentiable& differentiable) {
  if (results.size() == 1) return results[0];
  Tensors parts;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!differentiable(i, results[i])) continue;
    parts.push_back(results[i]);
    count += results[i].numel();
  }
  return parts.empty() ? Tensor() : join(parts, {count});
}

std::function<Tensor(const Tensors&)> joined(const check::Row& row) {
  return [fn = row.function, constants = row.constants](const Tensors& in) {
    return joined(fn(in), [&](std::size_t i, const Tensor& result) {
      return is_differentiable(i, result) &&
             std::find(constants.begin(), constants.end(), i) == constants.end();
    });
  };
}

GradientReport check_in_place(const std::function<Tensors()>& fn, const NamedTensors& leaves,
                              const NamedTensors& watched, const GradientCheckOptions& options,
                              const Site& site) {
  Places places;
  const std::function<Tensor()> call = [&] {
    const Tensors results = fn();
    places = {};
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Tensor& result = results[i];
      if (results.size() > 1 && !result.defined())
        throw ValueError("check_gradients: result " + std::to_string(i) + " is undefined", site);
      if (results.size() == 1 || !is_floating(result.dtype())) continue;
      if (result.dtype() != float64) {
        throw ValueError("check_gradients: result " + std::to_string(i) + " is " +
                             result.spec().str() + "; the check needs float64",
                         site);
      }
      places.add(i, result);
    }
    return joined(results, is_differentiable);
  };
  GradientReport report = check_in_place(call, leaves, watched, options, site);
  if (!places.shapes.empty()) {
    if (places.op) {
      report.op = places.op;
      report.site = places.site;
    }
    places.name(report.worst);
    places.name(report.kink);
  }
  return report;
}

}  // namespace cinta::detail

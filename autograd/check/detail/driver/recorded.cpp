#include <cinta/autograd/check/detail/driver/recorded.hpp>
#include <cinta/autograd/check/detail/values.hpp>
#include <cinta/autograd/core/detail/random_scope.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <cinta/autograd/tape/watch/recording.hpp>

namespace cinta::detail {
namespace {

// The function's results and what is differentiated of them, one after another. The gradients of
// the results are inputs as well.
struct Derivatives {
  const check::Function& function;
  const std::vector<bool>& variables;
  const Tensors& dys;
  bool second_order;

  Tensors operator()(const Tensors& in) const {
    Tensors x, wanted, weights;
    for (std::size_t k = 0; k < variables.size(); ++k) {
      x.push_back(in[k].detach());
      if (!variables[k]) continue;
      wanted.push_back(x[k].requires_grad_());
      weights.push_back(in[k]);
      x[k] = identity_view(x[k]);  // for which lookups give dense gradients
    }
    Tensors results = function(x), roots, root_weights;
    std::size_t next = variables.size();
    for (std::size_t i = 0; i < dys.size(); ++i) {
      if (!dys[i].defined()) continue;
      const Tensor& dy = in[next++];
      if (!results[i].requires_grad()) continue;
      roots.push_back(results[i]);
      root_weights.push_back(dy);
    }
    if (wanted.empty() || roots.empty()) return results;
    append(results, differentiate(roots, root_weights, wanted, false));
    if (!second_order) return results;
    Tensors gradients = differentiate(roots, root_weights, wanted, true), with_graph, again;
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      if (!gradients[k].defined() || !gradients[k].requires_grad()) continue;
      with_graph.push_back(gradients[k]);
      again.push_back(weights[k]);
    }
    if (!with_graph.empty()) append(results, differentiate(with_graph, again, wanted, false));
    return results;
  }

 private:
  static Tensors differentiate(const Tensors& roots, const Tensors& weights, const Tensors& wanted,
                               bool create_graph) {
    return grad(roots, wanted,
                {.grad_outputs = weights,
                 .retain_graph = true,
                 .create_graph = create_graph,
                 .allow_unused = true});
  }
  static void append(Tensors& results, const Tensors& gradients) {
    for (const Tensor& gradient : gradients)
      if (gradient.defined()) results.push_back(gradient);
  }
};

Tensors copies(const Tensors& tensors, const Tensors& more) {
  Tensors result;
  for (const Tensors* list : {&tensors, &more})
    for (const Tensor& x : *list)
      if (x.defined()) result.push_back(dense_copy(x, x.dtype()));
  return result;
}

}  // namespace

std::vector<std::string> recorded_differences(const check::Function& function, const Tensors& x,
                                              const Tensors& others,
                                              const std::vector<bool>& variables,
                                              const Tensors& dys, bool second_order) {
  const Derivatives derivatives{function, variables, dys, second_order};
  const cinta::Recording recording = record_operations(derivatives, copies(x, dys));
  std::vector<std::string> differences;
  for (const Tensors* inputs : {&x, &others}) {
    const std::string what = std::string("run again") + (inputs == &x ? "" : " on other values");
    RandomCalls drawn;
    const Tensors wanted = [&] {
      const RecordRandom record_random(drawn);
      return derivatives(copies(*inputs, dys));
    }();
    const Site here;
    const ReplayRandom same_numbers(drawn, here);
    const Tensors got = recording.run(copies(*inputs, dys));
    if (!same_numbers.done()) differences.push_back(what + " draws fewer random tensors");
    if (got.size() != wanted.size()) {
      differences.push_back(what + " it gives " + std::to_string(got.size()) +
                            " results instead of " + std::to_string(wanted.size()));
      continue;
    }
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (!same_bits(dense_copy(got[i], got[i].dtype()), dense_copy(wanted[i], wanted[i].dtype())))
        differences.push_back(what + " it gives other bits in result " + std::to_string(i) +
                              " of:\n" + recording.str());
    }
  }
  return differences;
}

}  // namespace cinta::detail

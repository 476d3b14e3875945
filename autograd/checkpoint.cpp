#include <cinta/autograd/checkpoint.hpp>
#include <cinta/autograd/core/detail/random_scope.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <cinta/autograd/tape/substitution.hpp>
#include <cinta/autograd/tape/watch/captures.hpp>
#include <optional>

namespace cinta::detail {
namespace {

// What a function is called with: views that are nodes of their own, so that its use of an input
// can be told from the same tensor captured.
Tensors identity_views(const Tensors& inputs) {
  Tensors result;
  for (const Tensor& x : inputs) result.push_back(x.requires_grad() ? identity_view(x) : x);
  return result;
}

struct Segment {
  std::function<Tensors(const Tensors&)> fn;
  std::size_t inputs = 0;      // of fn; the node's others are captures
  std::size_t all_inputs = 0;  // of the node
  RandomCalls drawn = {};
  Site site;
  std::optional<Site> scope = {};  // that fn ran in
  Substitution::Pairs substituted = {};

  Tensors backward(const Grad& g) const;
  Tensors run_again(const Tensors& entries, const Grad& g) const;
};

// The specs of several tensors.
std::string text_of(const Tensors& tensors) {
  std::string text;
  for (const Tensor& x : tensors) {
    if (!text.empty()) text += ", ";
    text += x.defined() ? x.spec().str() : "an undefined tensor";
  }
  return tensors.empty() ? "nothing" : text;
}

Tensors Segment::run_again(const Tensors& entries, const Grad& g) const {
  const SiteScope as_in_forward(scope ? &*scope : nullptr);
  const Substitution places(substituted);
  const ReplayRandom replay(drawn, site);
  Tensors results = fn(entries);
  bool same = int(results.size()) == g.output_count();
  std::string expected;
  for (int i = 0; i < g.output_count(); ++i) {
    same = same && results[std::size_t(i)].defined() &&
           results[std::size_t(i)].spec() == g.output_spec(i);
    expected += (i ? ", " : "") + g.output_spec(i).str();
  }
  if (!same) {
    throw GraphError("checkpoint: the function returned " + expected + " in forward and " +
                         text_of(results) + " when it was run again; it must do the same",
                     site);
  }
  if (!replay.done()) {
    throw GraphError(
        "checkpoint: the function draws fewer random tensors than it drew in forward; it must do "
        "the same when it is run again",
        site);
  }
  return results;
}

Tensors Segment::backward(const Grad& g) const {
  Tensors sources;
  for (std::size_t i = 0; i < all_inputs; ++i) sources.push_back(g.in(int(i)));
  const OpWatch::Outside watched_again;
  Tensors results;
  {
    const EnableGrad enable;
    const Tensors entries =
        identity_views(Tensors(sources.begin(), sources.begin() + std::ptrdiff_t(inputs)));
    results = run_again(entries, g);
    std::copy(entries.begin(), entries.end(), sources.begin());
  }
  Tensors roots, weights, wanted;
  for (int i = 0; i < g.output_count(); ++i) {
    if (!g.dy_of(i).defined()) continue;
    roots.push_back(std::move(results[std::size_t(i)]));
    weights.push_back(g.dy_of(i));
  }
  for (std::size_t i = 0; i < all_inputs; ++i)
    if (g.needs(int(i))) wanted.push_back(sources[i]);
  // It ends at all that comes from outside: what lies before is differentiated by the caller.
  Tensors found = grad(roots, wanted,
                       {.grad_outputs = std::move(weights),
                        .create_graph = g.create_graph(),
                        .allow_unused = true,
                        .stop_gradients = sources},
                       site);
  Tensors gradients(all_inputs);
  auto next = found.begin();
  for (std::size_t i = 0; i < all_inputs; ++i)
    if (g.needs(int(i))) gradients[i] = std::move(*next++);
  return gradients;
}

}  // namespace

Tensors checkpoint(std::function<Tensors(const Tensors&)> fn, const Tensors& inputs,
                   const Site& site) {
  const Op op{"checkpoint", Save::inputs(), site};
  check_defined(op, inputs);
  if (!GradMode::enabled()) return fn(inputs);

  Segment segment{.fn = std::move(fn), .inputs = inputs.size(), .site = op.site};
  if (const Site* scope = SiteScope::active()) segment.scope = *scope;
  segment.substituted = Substitution::active();
  std::vector<Captures::Read> reads;
  for (const Tensor& x : inputs) reads.push_back({x, x.version()});
  Tensors values;
  OutputSpecs specs;
  {
    const Tensors entries = identity_views(inputs);
    Captures captures(inputs, entries);
    const RecordRandom record_random(segment.drawn);
    Tensors results = segment.fn(entries);
    bool recorded = false;
    for (const Tensor& y : results) {
      if (!y.defined())
        throw ValueError("checkpoint: the function returned an undefined tensor", op.site);
      recorded |= y.requires_grad();
    }
    if (!recorded) return results;
    for (const Tensor& y : results) {
      specs.push_back(y.requires_grad() ? OutputSpec(y.spec()) : OutputSpec(y.spec(), no_gradient));
      values.push_back(y.detach());
    }
    for (Captures::Read& read : captures.take()) reads.push_back(std::move(read));
  }
  // The graph is gone. What nobody else holds now was made by fn after all, by something other than
  // an operation.
  Tensors all;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    const auto& [x, version] = reads[i];
    if (i >= inputs.size() && x.is_unique()) continue;
    if (x.version() != version) {
      throw GraphError("checkpoint: the function overwrites a tensor of " + x.spec().str() +
                           " that it reads, so that it cannot be run again",
                       op.site);
    }
    all.push_back(x);
  }
  segment.all_inputs = all.size();
  for (Tensor& value : values) {
    if (value.is_unique()) continue;  // else a view, of something outside or of another result
    const NoGrad no_grad;
    value = clone(value);
  }
  attach(make_node(op, all, values,
                   [segment = std::move(segment)](const Grad& g) { return segment.backward(g); }),
         values, specs);
  if (OpWatch::any()) OpWatch::ran(op, all, values, nullptr);
  return values;
}

}  // namespace cinta::detail

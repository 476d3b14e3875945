#include <cinta/autograd/checkpoint.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/generator.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <optional>
#include <unordered_set>

namespace cinta::detail {
namespace {

// What a function is called with: views that are nodes of their own, so that its use of an input
// can be told from the same tensor captured.
Tensors identity_views(const Tensors& inputs) {
  Tensors result;
  for (const Tensor& x : inputs) result.push_back(x.requires_grad() ? identity_view(x) : x);
  return result;
}

// Collects the tensors that operations of a function read and that were made outside it.
class Captures final : OpWatch {
 public:
  Captures(const Tensors& inputs, const Tensors& entries) : outer_(std::exchange(current_, this)) {
    for (const Tensor& x : inputs) memories_.insert(x.storage().get());
    for (const Tensor& x : entries)
      if (x.requires_grad()) nodes_.insert(x.node());
  }
  ~Captures() { current_ = outer_; }

  struct Read {
    Tensor tensor;
    std::uint32_t version;
  };
  std::vector<Read> take() { return std::move(reads_); }

 private:
  void after_record(const Node& node) override { nodes_.insert(&node); }
  void before_write(const Inputs& inputs) override { note(inputs); }
  void after_forward(const Op&, const Inputs& inputs, const Tensor& output) override {
    if (note(inputs)) memories_.insert(output.storage().get());
  }

  // Not what an inner checkpoint's function reads: its inputs come with the checkpoint itself.
  bool note(const Inputs& inputs) {
    if (current_ != this || !GradMode::enabled()) return false;
    for (int i = 0; i < inputs.size(); ++i) {
      const Tensor& x = inputs[i];
      // A node says where a tensor comes from; without one only its memory does.
      const bool is_new = x.requires_grad() ? nodes_.insert(x.node()).second
                                            : memories_.insert(x.storage().get()).second;
      if (is_new) reads_.push_back({x, x.version()});
    }
    return true;
  }

  static thread_local constinit Captures* current_;
  Captures* outer_;
  std::unordered_set<const Node*> nodes_;        // known: made here, or read already
  std::unordered_set<const Storage*> memories_;  // likewise
  std::vector<Read> reads_;
};
thread_local constinit Captures* Captures::current_ = nullptr;

struct Segment {
  std::function<Tensor(const Tensors&)> fn;
  std::size_t inputs = 0;      // of fn; the node's others are captures
  std::size_t all_inputs = 0;  // of the node
  RandomCalls drawn = {};
  Site site;
  std::optional<Site> scope = {};  // that fn ran in

  Tensors backward(const Grad& g) const;
  Tensor run_again(const Tensors& entries, const Spec& expected) const;
};

Tensor Segment::run_again(const Tensors& entries, const Spec& expected) const {
  const SiteScope as_in_forward(scope ? &*scope : nullptr);
  const ReplayRandom replay(drawn, site);
  Tensor y = fn(entries);
  if (!y.defined() || y.spec() != expected) {
    throw GraphError("checkpoint: the function returned " + expected.str() + " in forward and " +
                         (y.defined() ? y.spec().str() : "an undefined tensor") +
                         " when it was run again; it must do the same",
                     site);
  }
  if (!replay.done()) {
    throw GraphError(
        "checkpoint: the function draws fewer random tensors than it drew in forward; it must do "
        "the same when it is run again",
        site);
  }
  return y;
}

Tensors Segment::backward(const Grad& g) const {
  Tensors sources;
  for (std::size_t i = 0; i < all_inputs; ++i) sources.push_back(g.in(int(i)));
  const OpWatch::Outside watched_again;
  Tensor y;
  {
    const EnableGrad enable;
    const Tensors entries =
        identity_views(Tensors(sources.begin(), sources.begin() + std::ptrdiff_t(inputs)));
    y = run_again(entries, g.dy.spec());
    std::copy(entries.begin(), entries.end(), sources.begin());
  }
  Tensors wanted;
  for (std::size_t i = 0; i < all_inputs; ++i)
    if (g.needs(int(i))) wanted.push_back(sources[i]);
  // It ends at all that comes from outside: what lies before is differentiated by the caller.
  Tensors found = grad({y}, wanted,
                       {.grad_outputs = {g.dy},
                        .create_graph = GradMode::enabled(),
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

Tensor checkpoint(std::function<Tensor(const Tensors&)> fn, const Tensors& inputs,
                  const Site& site) {
  const Op op{"checkpoint", Save::inputs(), site};
  check_defined(op, inputs);
  if (!GradMode::enabled()) return fn(inputs);

  Segment segment{.fn = std::move(fn), .inputs = inputs.size(), .site = op.site};
  if (const Site* scope = SiteScope::active()) segment.scope = *scope;
  std::vector<Captures::Read> reads;
  for (const Tensor& x : inputs) reads.push_back({x, x.version()});
  Tensor value;
  {
    const Tensors entries = identity_views(inputs);
    Captures captures(inputs, entries);
    const RecordRandom record_random(segment.drawn);
    Tensor y = segment.fn(entries);
    if (!y.defined())
      throw ValueError("checkpoint: the function returned an undefined tensor", op.site);
    if (!y.requires_grad()) return y;
    value = y.detach();
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
  if (!value.is_unique()) {  // a view of something outside
    const NoGrad no_grad;
    value = clone(value);
  }
  record(op, all, value,
         [segment = std::move(segment)](const Grad& g) { return segment.backward(g); });
  if (OpWatch::any()) OpWatch::ran(op, all, value);
  return value;
}

}  // namespace cinta::detail

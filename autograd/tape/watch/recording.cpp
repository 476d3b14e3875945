#include <algorithm>
#include <cinta/autograd/core/detail/random_scope.hpp>
#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/strided.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/watch/recording.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <unordered_map>
#include <unordered_set>

namespace cinta {
namespace {

// All of the memory that x lies in.
Tensor whole_memory(const Tensor& x) {
  const auto size = std::int64_t(size_of(x.dtype()));
  const auto before =
      static_cast<const char*>(x.impl()->memory) - static_cast<const char*>(x.storage()->data());
  return alias(x, {std::int64_t(x.storage()->bytes()) / size}, {1}, -before / size);
}

// x itself, or a copy, in the layout that the steps expect of it.
Tensor laid_out(const Tensor& x, const Recording::Place& place, const std::string& which,
                const Site& site) {
  if (x.strides() == place.strides ||
      (x.is_contiguous() && is_contiguous(place.shape, place.strides)))
    return x;
  if (may_overlap(place.shape, place.strides)) {
    throw ValueError(which + " was recorded with the strides " + place.strides.str() +
                         ", which show elements several times; it has " + x.strides().str(),
                     site);
  }
  const detail::Extent extent(place.shape, place.strides);
  const Tensor copy =
      alias(empty({extent.count()}, x.dtype()), place.shape, place.strides, -extent.low);
  kernels::copy(x, copy);
  return copy;
}

void run_again(const Recording::Step& step, const Tensors& inputs, const Tensors& outputs) {
  Op op(step.name, Save::nothing(), step.site);
  op.attributes = step.attributes.borrowed();
  if (step.in_place && detail::OpWatch::any()) detail::OpWatch::writes(outputs[0], inputs);
  {
    const SiteScope scope(op.site);
    const detail::OpWatch::Inside inside(detail::OpWatch::Inside::forward);
    step.forward(inputs, outputs);
  }
  if (step.in_place) outputs[0].storage()->bump_version(op.name, op.site);
  if (detail::OpWatch::any()) {
    const auto ran = detail::Forward::of<true>(step.forward);
    detail::OpWatch::ran(op, inputs, outputs, &ran);
  }
}

}  // namespace

struct Recording::Buffer {
  enum Kind { given, constant, made } kind;
  std::int64_t count;  // elements
  Dtype dtype;
  std::size_t input = 0;     // given: which of the inputs
  Tensor elements = {};      // constant: what no step made
  bool copied = false;       // constant: steps write to it, and nobody else sees that
  bool written = false;      // by steps
  std::size_t last_use = 0;  // the number of the last step that uses it
};

struct Recording::Contents {
  std::vector<Buffer> buffers;
  std::vector<Place> inputs, outputs;
  std::vector<Step> steps;
};

const std::vector<Recording::Place>& Recording::inputs() const { return contents_->inputs; }
const std::vector<Recording::Step>& Recording::steps() const { return contents_->steps; }
const std::vector<Recording::Place>& Recording::outputs() const { return contents_->outputs; }

class Recorder final : detail::OpWatch {
 public:
  Recorder(Recording::Contents& contents, const Tensors& inputs, const Site& site)
      : to_(contents), site_(site) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i].defined())
        throw ValueError("record_operations: input " + std::to_string(i) + " is undefined", site);
      if (numbers_.contains(inputs[i].storage().get())) {
        throw ValueError(
            "record_operations: input " + std::to_string(i) + " shares memory with another", site);
      }
      add(inputs[i], {Recording::Buffer::given, 0, inputs[i].dtype(), i});
      to_.inputs.push_back(place_of(inputs[i]));
    }
  }

  /// After the function, whose results nobody holds any more.
  void finish(std::vector<Recording::Place> outputs) {
    to_.outputs = std::move(outputs);
    for (const Ref<Storage>& storage : alive_) check_seen(*storage);
    numbers_.clear();
    alive_.clear();
    for (auto& [buffer, before] : overwritten_) {
      if (!to_.buffers[buffer].elements.is_unique()) continue;  // somebody sees what is written
      to_.buffers[buffer].elements = std::move(before);
      to_.buffers[buffer].copied = true;
    }
    const auto use = [&](const std::vector<Recording::Place>& places, std::size_t step) {
      for (const Recording::Place& place : places) to_.buffers[place.buffer].last_use = step;
    };
    for (std::size_t i = 0; i < to_.steps.size(); ++i) {
      use(to_.steps[i].inputs, i);
      use(to_.steps[i].outputs, i);
      if (to_.steps[i].in_place)
        for (const Recording::Place& place : to_.steps[i].outputs)
          to_.buffers[place.buffer].written = true;
    }
    use(to_.outputs, to_.steps.size());
  }

  Recording::Place place_of(const Tensor& x) {
    if (x.is_row_sparse()) {
      throw ValueError(
          "record_operations: a row-sparse " + x.spec().str() + " is no result of an operation",
          site_);
    }
    const Storage* storage = x.storage().get();
    if (!numbers_.contains(storage)) {
      const Tensor whole = whole_memory(x);
      add(x, {Recording::Buffer::constant, whole.numel(), x.dtype(), 0, whole});
    }
    const auto distance =
        static_cast<const char*>(x.impl()->memory) - static_cast<const char*>(storage->data());
    return {numbers_.at(storage), distance / std::int64_t(size_of(x.dtype())), x.shape(),
            x.strides(), x.dtype()};
  }

 private:
  void add(const Tensor& x, Recording::Buffer buffer) {
    numbers_.emplace(x.storage().get(), to_.buffers.size());
    alive_.push_back(x.storage());  // no other memory gets this address meanwhile
    if (!unchecked_.contains(x.storage().get()))
      versions_.emplace(x.storage().get(), x.storage()->version());
    to_.buffers.push_back(std::move(buffer));
  }

  /// Throws if something that was no operation has written there: a run would not do so again.
  void check_seen(const Storage& storage) const {
    const auto known = versions_.find(&storage);
    if (known == versions_.end() || known->second == storage.version()) return;
    const Writer writer = storage.last_writer();
    throw ValueError("record_operations: " + std::string(writer.name) + " [" + writer.site.str() +
                         "] writes to what the function reads and is no operation, so that a run "
                         "would leave it out; call it after the run",
                     site_);
  }

  void before_write(const Tensor& x, const Inputs&) override {
    if (in_forward()) {  // whose steps are done again as a whole
      versions_.erase(x.storage().get());
      unchecked_.insert(x.storage().get());
      return;
    }
    check_seen(*x.storage());
    const Recording::Place place = place_of(x);
    const Recording::Buffer& buffer = to_.buffers[place.buffer];
    if (buffer.kind != Recording::Buffer::constant || overwritten_.contains(place.buffer)) return;
    const NoGrad no_grad;
    const Inside inside(Inside::forward);
    overwritten_.emplace(place.buffer, clone(buffer.elements));
  }

  void after_forward(const Op& op, const Inputs& inputs, TensorSpan outputs,
                     const detail::Forward* forward) override {
    if (in_forward()) return;
    Recording::Step step{op.name, KeptAttributes(op.attributes), op.site, {}, {}, false, {}};
    for (int i = 0; i < inputs.size(); ++i) step.inputs.push_back(place_of(inputs[i]));
    for (const Tensor& y : outputs) {
      const bool is_new = !numbers_.contains(y.storage().get());
      if (forward && is_new) add(y, {Recording::Buffer::made, y.numel(), y.dtype()});
      step.in_place = forward && !is_new;
      step.outputs.push_back(place_of(y));
      if (step.in_place && !unchecked_.contains(y.storage().get()))
        versions_[y.storage().get()] = y.storage()->version();
    }
    if (forward) {
      step.forward = forward->keep();
      if (!step.forward) {
        throw ValueError(std::string("record_operations: the forward of ") + step.name +
                             " cannot be copied, so that it could be run again",
                         op.site);
      }
    }
    to_.steps.push_back(std::move(step));
  }

  Recording::Contents& to_;
  const Site& site_;
  std::unordered_map<const Storage*, std::size_t> numbers_;  // of known memories
  std::vector<Ref<Storage>> alive_;
  std::unordered_map<std::size_t, Tensor> overwritten_;         // constants, as they were before
  std::unordered_map<const Storage*, std::uint32_t> versions_;  // after what was recorded
  std::unordered_set<const Storage*> unchecked_;
};

Recording record_operations(const std::function<Tensors(const Tensors&)>& fn, const Tensors& inputs,
                            Site site) {
  const Site here = SiteScope::resolve(site);
  detail::check_not_empty("record_operations", "fn", fn, here);
  auto contents = std::make_shared<Recording::Contents>();
  Recorder recorder(*contents, inputs, here);
  std::vector<Recording::Place> outputs;
  for (const Tensor& y : fn(inputs)) {
    if (!y.defined())
      throw ValueError("record_operations: the function returned an undefined tensor", here);
    outputs.push_back(recorder.place_of(y));
  }
  recorder.finish(std::move(outputs));
  return Recording(std::move(contents));
}

// What a run has in the buffers.
struct Recording::Memory {
  explicit Memory(const std::vector<Buffer>& all)
      : buffers(all), first(buffers.size()), offsets(buffers.size()) {
    for (std::size_t i = 0; i < buffers.size(); ++i)
      if (buffers[i].kind == Buffer::constant)
        first[i] = buffers[i].copied ? clone(buffers[i].elements) : buffers[i].elements;
  }

  void give(const Place& place, Tensor x) {
    first[place.buffer] = std::move(x);
    offsets[place.buffer] = place.offset;
  }
  Tensor at(const Place& place) {
    Tensor& x = first[place.buffer];
    if (!x.defined()) x = empty({buffers[place.buffer].count}, buffers[place.buffer].dtype);
    return alias(x, place.shape, place.strides, place.offset - offsets[place.buffer]);
  }
  Tensors at(const std::vector<Place>& places) {
    Tensors result;
    for (const Place& place : places) result.push_back(at(place));
    return result;
  }
  void release(const std::vector<Place>& places, std::size_t step) {
    for (const Place& place : places)
      if (buffers[place.buffer].last_use == step) first[place.buffer] = Tensor();
  }

  const std::vector<Buffer>& buffers;
  Tensors first;                      // a tensor in each buffer,
  std::vector<std::int64_t> offsets;  // where in the buffer it begins
};

Tensors Recording::run(const Tensors& inputs, Site site) const {
  const Site here = SiteScope::resolve(site);
  if (inputs.size() != contents_->inputs.size()) {
    throw ValueError("Recording: " + std::to_string(inputs.size()) + " inputs, recorded with " +
                         std::to_string(contents_->inputs.size()),
                     here);
  }
  const NoGrad no_grad;
  const detail::FreshRandom fresh;
  Memory memory(contents_->buffers);
  Tensors given;  // copies that have to go back
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& x = inputs[i];
    const Place& place = contents_->inputs[i];
    const std::string which = "Recording: input " + std::to_string(i);
    if (!x.defined()) throw ValueError(which + " is undefined", here);
    if (x.spec() != place.spec()) {
      const std::string text =
          which + " is " + x.spec().str() + ", recorded with " + place.spec().str();
      if (x.shape() == place.shape) throw DtypeError(text, here);
      throw ShapeError(text, here);
    }
    given.push_back(laid_out(x, place, which, here));
    memory.give(place, given.back());
    // What writes to an input writes to the caller's tensor, wherever it lies.
    if (given.back().impl() == x.impl() || !contents_->buffers[place.buffer].written)
      given.back() = Tensor();
    else if (may_overlap(x.shape(), x.strides()))
      throw ValueError(which + " is written to, and shows elements several times", here);
  }
  for (std::size_t i = 0; i < contents_->steps.size(); ++i) {
    const Step& step = contents_->steps[i];
    if (step.forward) run_again(step, memory.at(step.inputs), memory.at(step.outputs));
    memory.release(step.inputs, i);
    memory.release(step.outputs, i);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!given[i].defined()) continue;
    kernels::copy(given[i], inputs[i]);
    inputs[i].storage()->bump_version("Recording.run", here);
  }
  return memory.at(contents_->outputs);
}

std::string Recording::str() const {
  std::string text;
  std::vector<Place> values;  // by number
  const auto define = [&](const Place& place) {
    values.push_back(place);
    return '%' + std::to_string(values.size() - 1);
  };
  // The last value that is this place, or one that no operation made: a constant, or a part of one.
  const auto use = [&](const Place& place) {
    const auto last = std::find(values.rbegin(), values.rend(), place);
    if (last != values.rend()) return '%' + std::to_string(values.rend() - last - 1);
    const bool constant = contents_->buffers[place.buffer].kind == Buffer::constant;
    const std::string name = define(place);
    text += name + (constant ? " = constant  " : " = detached  ") + place.spec().str() + '\n';
    return name;
  };
  for (const Place& input : contents_->inputs)
    text += define(input) + " = input  " + input.spec().str() + '\n';
  for (const Step& step : contents_->steps) {
    std::string call = std::string(step.name) + '(', separator;
    const auto add = [&](const std::string& argument) {
      call += separator + argument;
      separator = ", ";
    };
    for (const Place& input : step.inputs) add(use(input));
    if (const Attributes attributes = step.attributes.borrowed(); !attributes.empty())
      add(attributes.str());
    std::string names, specs;
    for (const Place& output : step.outputs) {
      names += (names.empty() ? "" : ", ") + define(output);
      specs += (specs.empty() ? "" : ", ") + output.spec().str();
    }
    text += names + " = " + call + ")  " + specs + "  [" + step.site.str() + "]\n";
  }
  text += "return";
  std::string outputs;
  for (const Place& output : contents_->outputs)
    outputs += (outputs.empty() ? " " : ", ") + use(output);
  return text + outputs + '\n';
}

}  // namespace cinta

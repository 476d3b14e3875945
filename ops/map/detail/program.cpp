#include <algorithm>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/map/detail/derivative.hpp>
#include <cinta/ops/map/detail/fusion.hpp>
#include <cinta/ops/map/detail/program.hpp>

namespace cinta::detail {

using kernels::Function;
using Kind = Expression::Kind;
using Value = Expression::Value;

namespace {

// Gives steps their instructions: a value that the next step takes stays where it is, others are
// stored for those that read them.
class Assembly {
 public:
  Assembly(const Expression& expression, std::vector<Step> steps, bool sum)
      : expression_(expression),
        steps_(std::move(steps)),
        sum_(sum),
        registers_(sum ? 1 : 0),
        last_read_(expression.values().size(), never),
        place_(expression.values().size(), never) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const int skipped = current(i);
      for (int k = 0; k < kernels::arity(steps_[i].function); ++k)
        if (k != skipped) last_read_[operand(i, k)] = int(i);
    }
    find_places();
    for (std::size_t i = 0; i < steps_.size(); ++i) assemble(i);
    for (std::size_t k = 0; k < expression.outputs.size(); ++k) {
      const std::size_t value = std::size_t(expression.outputs[k]);
      if (expression.values()[value].kind == Kind::function) continue;
      lines_.push_back({.handler = nullptr,
                        .function = Function::copy,
                        .current = Handlers::nowhere,
                        .x = {place_[value], 0, 0}});
      add_output(k);
    }
    add(&Handlers::pause, 0);
  }

  std::vector<kernels::Instruction> instructions(Dtype dtype) const {
    const Handlers& handlers = kernels::handlers_of(dtype);
    std::vector<kernels::Instruction> result;
    for (const Line& line : lines_) {
      result.push_back(
          {line.handler ? handlers.*line.handler
                        : handlers.function[int(line.function)][line.current],
           {std::uint16_t(line.x[0]), std::uint16_t(line.x[1]), std::uint16_t(line.x[2])}});
    }
    return result;
  }
  // Its only function, with places of operands.
  std::optional<Program::Single> single() const {
    if (sum_ || steps_.size() != 1 || expression_.outputs.size() != 1) return std::nullopt;
    if (expression_.outputs[0] != steps_[0].y) return std::nullopt;
    return Program::Single{lines_[0].function, lines_[0].x, 1 + expression_.inputs()};
  }
  const std::vector<double>& constants() const { return constants_; }
  int registers() const { return registers_; }

 private:
  using Handlers = kernels::Handlers;
  static constexpr int never = -1;

  // An instruction for any dtype.
  struct Line {
    kernels::Handler Handlers::*handler;  // none: the function
    Function function = Function::copy;
    int current = 0;
    std::array<int, 3> x = {0, 0, 0};
  };

  void add(kernels::Handler Handlers::*handler, int x) {
    lines_.push_back({.handler = handler, .x = {x, 0, 0}});
  }

  void add_output(std::size_t k) { sum_ ? add_to_sum(k) : add(&Handlers::output, int(k)); }
  // A square that nothing else reads is made as it is added, as of a mean squared error.
  void add_to_sum(std::size_t k) {
    Line& last = lines_.back();
    const bool squares = !last.handler && last.function == Function::square && last.current == 0 &&
                         last_read_[std::size_t(expression_.outputs[k])] == never;
    if (squares)
      last = {.handler = &Handlers::sum_squares, .x = {first_register_, 0, 0}};
    else
      add(&Handlers::sum, first_register_);
  }

  std::size_t operand(std::size_t step, int k) const {
    return std::size_t(steps_[step].x[std::size_t(k)]);
  }
  bool pauses_before(std::size_t step) const {
    return step > 0 && step % kernels::most_without_pause == 0;
  }
  // The operand that the step before has computed, or nowhere.
  int current(std::size_t step) const {
    if (step == 0 || pauses_before(step)) return Handlers::nowhere;
    for (int k = 0; k < kernels::arity(steps_[step].function); ++k)
      if (operand(step, k) == std::size_t(steps_[step - 1].y)) return k;
    return Handlers::nowhere;
  }

  // Of the inputs and of the numbers that are read.
  void find_places() {
    const std::vector<Value>& values = expression_.values();
    const std::vector<int>& outputs = expression_.outputs;
    int place = sum_ ? 0 : int(outputs.size());
    for (int i = 0; i < expression_.inputs(); ++i) place_[std::size_t(i)] = place++;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].kind != Kind::number) continue;
      if (last_read_[i] == never && !std::count(outputs.begin(), outputs.end(), int(i))) continue;
      place_[i] = place++;
      constants_.push_back(values[i].number);
    }
    first_register_ = place;
  }

  void assemble(std::size_t i) {
    const Step& step = steps_[i];
    if (pauses_before(i)) add(&Handlers::pause, 0);
    const int at = current(i);
    Line line{.handler = nullptr, .function = step.function, .current = at};
    for (int k = 0, other = 0; k < kernels::arity(step.function); ++k)
      if (k != at) line.x[std::size_t(other++)] = place_[operand(i, k)];
    lines_.push_back(line);

    for (std::size_t k = 0; k < expression_.outputs.size(); ++k)
      if (expression_.outputs[k] == step.y) add_output(k);
    // A register is free again after the last step that reads it.
    for (int k = 0; k < kernels::arity(step.function); ++k) {
      const std::size_t value = operand(i, k);
      if (last_read_[value] != int(i) || place_[value] < first_register_) continue;
      free_.push_back(place_[value]);
      place_[value] = never;  // it may be an operand twice
    }
    const std::size_t y = std::size_t(step.y);
    if (last_read_[y] == never) return;
    if (free_.empty()) free_.push_back(first_register_ + registers_++);
    place_[y] = free_.back();
    free_.pop_back();
    add(&Handlers::store, place_[y]);
  }

  const Expression& expression_;
  std::vector<Step> steps_;
  bool sum_;
  int first_register_ = 0, registers_;
  std::vector<int> last_read_;  // by value: the last step that reads it from memory
  std::vector<int> place_;      // by value: where it is now
  std::vector<double> constants_;
  std::vector<int> free_;  // registers
  std::vector<Line> lines_;
};

}  // namespace

Program::Program(Expression expression, bool sum) : expression_(std::move(expression)), sum_(sum) {
  const Assembly assembly(expression_, fuse_steps(expression_), sum);
  registers_ = assembly.registers();
  single_ = assembly.single();
  for (int type = 0; type < 2; ++type) {
    const Dtype dtype = type == 0 ? float32 : float64;
    instructions_[type] = assembly.instructions(dtype);
    for (double value : assembly.constants())
      constants_[type].push_back(kernels::strip_of(value, dtype));
  }
}

Program::~Program() {
  for (Masked* g = gradients_.load(); g;) delete std::exchange(g, g->next);
}

kernels::Bytecode Program::code(Dtype dtype) const {
  const int type = dtype == float32 ? 0 : 1;
  return {.dtype = dtype,
          .instructions = instructions_[type],
          .outputs = sum_ ? 0 : int(expression_.outputs.size()),
          .inputs = expression_.inputs(),
          .constants = constants_[type].data(),
          .constant_count = int(constants_[type].size()),
          .registers = registers_};
}

void Program::run(std::span<const Array> arrays) const {
  const Dtype dtype = arrays[0].dtype;
  if (!single_) return kernels::run(code(dtype), arrays);
  const Shape number{};
  const Strides no_steps{};
  const auto array = [&](int place) {
    if (place < int(arrays.size())) return arrays[std::size_t(place)];
    const kernels::Strip& constant =
        constants_[dtype == float32 ? 0 : 1][std::size_t(place) - arrays.size()];
    return Array{const_cast<char*>(constant.bytes), number, no_steps, dtype};
  };
  const Array used[] = {arrays[0], array(single_->x[0]), array(single_->x[1]),
                        array(single_->x[2])};
  kernels::elementwise(kernels::row_of(single_->function, dtype),
                       std::span(used, std::size_t(1 + kernels::arity(single_->function))));
}

double Program::run_sum(std::span<const Array> inputs, std::int64_t numel) const {
  return kernels::run_sum(code(inputs[0].dtype), inputs, numel);
}

Gradient::Gradient(const Expression& slopes, int dy) {
  std::vector<int> wanted;
  for (int value : slopes.outputs) {
    int output = zero;
    if (value == dy) {
      output = same_as_dy;
    } else if (value >= 0) {
      const auto at = std::find(wanted.begin(), wanted.end(), value);
      output = int(at - wanted.begin());
      if (at == wanted.end()) wanted.push_back(value);
    }
    outputs.push_back(output);
  }
  if (!wanted.empty()) program = std::make_shared<Program>(restricted(slopes, wanted, inputs));
}

const Gradient& Program::gradient(std::uint64_t mask, bool settle) const {
  for (const Masked* g = gradients_.load(std::memory_order_acquire); g; g = g->next)
    if (g->mask == mask && g->settle == settle) return g->gradient;

  auto made = std::make_unique<Masked>(Masked{
      mask, settle, Gradient(differentiate(expression_, mask, settle), expression_.inputs())});
  // Another thread may have been as fast; then there are two of them, which does no harm.
  made->next = gradients_.load(std::memory_order_relaxed);
  while (!gradients_.compare_exchange_weak(made->next, made.get(), std::memory_order_release,
                                           std::memory_order_relaxed)) {
  }
  return made.release()->gradient;
}

}  // namespace cinta::detail

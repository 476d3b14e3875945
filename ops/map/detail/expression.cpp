#include <algorithm>
#include <bit>
#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/map/detail/expression.hpp>
#include <utility>

namespace cinta::detail {
namespace {

using kernels::Function;
using Kind = Expression::Kind;
using Value = Expression::Value;

bool same(const Value& a, const Value& b) {
  return a.kind == b.kind && a.function == b.function && a.x == b.x &&
         std::bit_cast<std::uint64_t>(a.number) == std::bit_cast<std::uint64_t>(b.number);
}

// Every bit of a value, numbers' first bits too, reaches the last ones, which a table takes.
std::size_t hash(const Value& value) {
  std::uint64_t h = std::uint64_t(value.kind) << 32 | std::uint64_t(value.function);
  const auto mix = [&h](std::uint64_t bits) {
    h = (h ^ bits) * 0x9E3779B97F4A7C15u;
    h ^= h >> 32;
  };
  mix(std::uint64_t(value.x[0]) << 32 | std::uint64_t(value.x[1]));
  mix(std::uint64_t(value.x[2]));
  mix(std::bit_cast<std::uint64_t>(value.number));
  return std::size_t(h);
}

// f of numbers, by the kernel.
double evaluate(Function f, const double (&x)[3]) {
  double y = 0;
  const void* from[] = {&x[0], &x[1], &x[2]};
  kernels::row_of(f, float64)(&y, from, 0, 1);
  return y;
}

// What is written in this thread: another one's elements may be of one that is gone.
thread_local constinit Expression* written = nullptr;
thread_local constinit unsigned last_serial = 0;

}  // namespace

Expression* Expression::write(Expression* next) { return std::exchange(written, next); }

void Expression::check_written(Element element) {
  if (element.expression_ &&
      (element.expression_ != written || element.serial_ != written->serial_))
    throw ValueError("map: an element of one function was used in another");
}

Expression::Expression(int inputs) : serial_(++last_serial), inputs_(inputs) {
  for (int i = 0; i < inputs; ++i) add({Kind::input, Function::copy, {i, 0, 0}});
}

std::size_t Expression::slot_of(const Value& value) const {
  std::size_t i = hash(value) & (table_.size() - 1);
  while (table_[i] != nowhere && !same(values_[std::size_t(table_[i])], value))
    i = (i + 1) & (table_.size() - 1);
  return i;
}

void Expression::grow_table() {
  table_.assign(2 * table_.size(), nowhere);
  for (std::size_t i = 0; i < values_.size(); ++i) table_[slot_of(values_[i])] = int(i);
}

int Expression::add(const Value& value) {
  if (2 * values_.size() >= table_.size()) grow_table();
  const std::size_t slot = slot_of(value);
  if (table_[slot] != nowhere) return table_[slot];
  // Instructions name their operands by 16 bits, outputs among them.
  constexpr std::size_t most = 65'000;
  if (values_.size() == most)
    throw ValueError("map: a function and its gradient have at most " + std::to_string(most) +
                     " numbers and results; make several maps of it");
  values_.push_back(value);
  return table_[slot] = int(values_.size()) - 1;
}

int Expression::place(Element element) {
  return element.expression_ ? element.value_
                             : add({Kind::number, Function::copy, {0, 0, 0}, element.number_});
}

Element Expression::emit(Function f, Element a, Element b, Element c) {
  // What is exactly an operand, or has a cheaper name.
  if (f == Function::mul && is_number(a, 1)) return b;
  if ((f == Function::mul || f == Function::div || f == Function::pow) && is_number(b, 1)) return a;
  if (f == Function::pow && is_number(b, 2)) return emit(Function::square, a);

  const Element x[] = {a, b, c};
  const int count = kernels::arity(f);
  bool of_numbers = true;
  for (int k = 0; k < count; ++k) {
    check_written(x[k]);
    of_numbers = of_numbers && is_number(x[k]);
  }
  if (of_numbers) return evaluate(f, {a.number_, b.number_, c.number_});
  Expression* const expression = written;

  Value value = {Kind::function, f};
  for (int k = 0; k < count; ++k) value.x[std::size_t(k)] = expression->place(x[k]);
  if (f == Function::mul && value.x[0] == value.x[1]) return emit(Function::square, a);
  if ((f == Function::add || f == Function::mul) && value.x[0] > value.x[1])
    std::swap(value.x[0], value.x[1]);
  return expression->value(expression->add(value));
}

std::vector<char> needed(const Expression& expression, const std::vector<int>& outputs) {
  const std::vector<Value>& values = expression.values();
  std::vector<char> marks(values.size());
  for (int output : outputs) marks[std::size_t(output)] = true;
  for (std::size_t i = values.size(); i-- > 0;) {
    if (!marks[i] || values[i].kind != Kind::function) continue;
    for (int k = 0; k < kernels::arity(values[i].function); ++k)
      marks[std::size_t(values[i].x[std::size_t(k)])] = true;
  }
  return marks;
}

Expression restricted(const Expression& expression, const std::vector<int>& outputs,
                      std::vector<int>& inputs) {
  const std::vector<char> marks = needed(expression, outputs);
  inputs.clear();
  for (int i = 0; i < expression.inputs(); ++i)
    if (marks[std::size_t(i)]) inputs.push_back(i);
  Expression result{int(inputs.size())};
  const Writing here(result);
  std::vector<Element> v;
  int seen = 0;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const Value& value = expression.values()[i];
    const auto of = [&](int k) { return v[std::size_t(value.x[std::size_t(k)])]; };
    if (!marks[i])
      v.push_back(0);
    else if (value.kind == Kind::input)
      v.push_back(result.value(seen++));
    else if (value.kind == Kind::number)
      v.push_back(value.number);
    else
      v.push_back(Expression::emit(value.function, of(0), of(1), of(2)));
  }
  for (int output : outputs) result.outputs.push_back(result.place(v[std::size_t(output)]));
  return result;
}

}  // namespace cinta::detail

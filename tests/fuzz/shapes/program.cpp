// What a program keeps, and which step comes next.

#include "fuzz/shapes/program.hpp"

#include <limits>

namespace fuzz {

void Program::run() {
  const unsigned mode = byte();
  dtype_ = mode % 2 ? float32 : float64;
  twice_ = mode / 2 % 2;
  exact_ = dtype_ == float32 ? 0x1p22 : 0x1p50;
  leaf();
  constant();
  while (next_ < end_) step();
  for (const Pair& pair : pool_) check(pair.ours, pair.wanted);
  differentiate();
}

Size Program::axis(int rank) {
  const Size b = byte();
  return b % 16 == 15 ? b / 16 - 8 : (rank > 0 ? b % rank - (b & 64 ? rank : 0) : 0);
}

Size Program::strange_size() {
  constexpr Size sizes[] = {-1,
                            -2,
                            0,
                            1,
                            2,
                            3,
                            5,
                            Size{1} << 31,
                            (Size{1} << 32) + 1,
                            Size{1} << 60,
                            Size{1} << 61,
                            Size{1} << 62,
                            Size(0x5555555555555555),
                            std::numeric_limits<Size>::max(),
                            std::numeric_limits<Size>::min()};
  return sizes[below(std::size(sizes))];
}

Sizes Program::some_shape(int most_axes, Size most) {
  Sizes shape(std::size_t(below(most_axes + 1)), 1);
  for (Size& size : shape) {
    const unsigned b = byte();
    size = b % 8 ? Size(b / 8) % 4 + 1 : Size(b / 8) % 2 * 7;  // 1 to 4, and 0 and 7
    if (plain::product(shape) > most) size = 1;
  }
  return shape;
}

Pair& Program::any() {
  const Size at = below(Size(pool_.size()));
  if (traced) std::cerr << " [" << at << "]";
  return pool_[std::size_t(at)];
}

std::vector<double> Program::values_of(const Tensor& x) {
  if (x.dtype() == float64) return x.to_vector<double>();
  const std::vector<float> values = x.to_vector<float>();
  return {values.begin(), values.end()};
}

Tensor Program::tensor_of(const std::vector<double>& values, const Sizes& shape) const {
  if (dtype_ == float64) return from_data(values, Shape(shape));
  return from_data(std::vector<float>(values.begin(), values.end()), Shape(shape));
}

void Program::check(const Tensor& ours, const plain::Array& wanted) const {
  require(ours.dtype() == dtype_ && ours.shape() == Shape(wanted.shape));
  const std::vector<double> values = values_of(ours);
  for (Size i = 0; i < wanted.count(); ++i) {
    if (values[std::size_t(i)] == wanted[i].value) continue;
    std::cerr << ours << "element " << i << " should be " << wanted[i].value << '\n';
    std::abort();
  }
  if (wanted.count() > 1) require(ours.is_contiguous() == wanted.dense());
}

plain::Array Program::laid_out_as(const Tensor& ours, const plain::Array& x) {
  plain::Array y{x.shape, {}, std::make_shared<plain::Memory>()};
  for (Size i = 0; i < x.count(); ++i) {
    const Sizes index = plain::index_of(i, x.shape);
    Size place = 0;
    for (int axis = 0; axis < x.rank(); ++axis) {
      require(ours.strides()[axis] >= 0);
      place += index[std::size_t(axis)] * ours.strides()[axis];
    }
    y.places.push_back(std::size_t(place));
    if (y.memory->numbers.size() <= std::size_t(place))
      y.memory->numbers.resize(std::size_t(place) + 1);
    y.memory->numbers[std::size_t(place)] = x[i];
  }
  require(!y.repeats());
  return y;
}

bool Program::exact(const plain::Array& x) const {
  for (Size i = 0; i < x.count(); ++i)
    if (x[i].bound > exact_) return false;
  return true;
}

void Program::keep(const Tensor& ours, plain::Array wanted) {
  // Without the axes of size 0, too: they may be summed away.
  Size room = 1;
  for (const Size size : wanted.shape)
    if (room <= most_elements) room = size > most_elements ? size : room * std::max<Size>(size, 1);
  if (room > most_elements || wanted.rank() > 7 || !exact(wanted)) return;
  if (traced)
    std::cerr << " -> " << ours << " strides " << ours.strides().str()
              << (ours.requires_grad() ? ", recorded" : "");
  if (pool_.size() < most_tensors)
    pool_.push_back({ours, std::move(wanted)});
  else
    any() = {ours, std::move(wanted)};
}

void Program::leaf() {
  const Sizes shape = some_shape(3, 6);
  if (variables_ + plain::product(shape) > plain::variables) return;
  std::vector<double> values;
  plain::Array wanted = plain::made(shape, [&](const Sizes&) {
    Number number = plain::constant(small());
    number.by[std::size_t(variables_++)] = 1;
    number.along = small();
    number.bound = 2;
    directions_.push_back(number.along);
    values.push_back(number.value);
    return number;
  });
  wanted.memory->leaf = true;
  leaves_.push_back({tensor_of(values, shape).requires_grad_(), wanted});
  keep(leaves_.back().ours, wanted);
}

void Program::constant() {
  const unsigned seed = byte();
  std::vector<double> values;
  const plain::Array wanted = plain::made(some_shape(4, most_elements), [&](const Sizes&) {
    values.push_back(double((values.size() * 7 + seed) % 5) - 2);
    return plain::constant(values.back());
  });
  keep(tensor_of(values, wanted.shape), wanted);
}

void Program::step() {
  struct Step {
    const char* name;
    void (Program::*run)();
  };
  static constexpr Step steps[] = {{"leaf", &Program::leaf},
                                   {"constant", &Program::constant},
                                   {"reshape", &Program::reshape_},
                                   {"reshape", &Program::reshape_},
                                   {"permute", &Program::permute_},
                                   {"transpose", &Program::transpose_},
                                   {"unsqueeze", &Program::unsqueeze_},
                                   {"squeeze", &Program::squeeze_},
                                   {"select", &Program::select_},
                                   {"slice", &Program::slice_},
                                   {"slice", &Program::slice_},
                                   {"broadcast", &Program::broadcast_},
                                   {"as_strided", &Program::as_strided_},
                                   {"as_strided", &Program::as_strided_},
                                   {"cat", &Program::cat_},
                                   {"stack", &Program::stack_},
                                   {"split", &Program::split_},
                                   {"unbind", &Program::unbind_},
                                   {"flatten", &Program::flatten_},
                                   {"copies", &Program::copies_},
                                   {"arithmetic", &Program::arithmetic_},
                                   {"arithmetic", &Program::arithmetic_},
                                   {"unary", &Program::unary_},
                                   {"where", &Program::where_},
                                   {"sum", &Program::sum_},
                                   {"index_select", &Program::index_select_},
                                   {"write", &Program::write_},
                                   {"write", &Program::write_},
                                   {"write", &Program::write_},
                                   {"fill_some", &Program::fill_some_}};
  const Step& step = steps[byte() % std::size(steps)];
  if (traced) std::cerr << '\n' << step.name;
  (this->*step.run)();
}

}  // namespace fuzz

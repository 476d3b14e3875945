// Writes in place.

#include "fuzz/shapes/program.hpp"

namespace fuzz {

template <class F, class G>
void Program::written(const Pair& x, bool fits, F combine, const G& ours) {
  plain::Array target = x.wanted;
  const bool refused = !fits || target.repeats() || target.memory->leaf;
  std::vector<Number> numbers;
  for (Size i = 0; !refused && i < target.count(); ++i) {
    numbers.push_back(combine(target[i], plain::index_of(i, target.shape)));
    if (numbers.back().bound > exact_) return;
  }
  try {
    ours();
    require(!refused);
  } catch (const Error& error) {
    fuzz::require_plain(error.what());
    // The library may take elements that miss each other by chance for such that meet.
    require(refused || !steps_nest(x.ours));
    return;
  }
  ++writes_;
  for (Size i = 0; i < target.count(); ++i) target[i] = numbers[std::size_t(i)];
  check(x.ours, target);
}

bool Program::steps_nest(const Tensor& x) {
  std::vector<std::pair<Size, Size>> axes;
  for (int i = 0; i < x.rank(); ++i)
    if (x.shape()[i] > 1) axes.emplace_back(std::abs(x.strides()[i]), x.shape()[i]);
  std::sort(axes.begin(), axes.end());
  Size reach = 0;
  for (const auto& [step, size] : axes) {
    if (step <= reach) return false;
    reach += step * (size - 1);
  }
  return true;
}

void Program::write_() {
  const Pair x = any(), y = any();
  const unsigned kind = byte() % 6;
  const bool fits = plain::broadcast(x.wanted.shape, y.wanted.shape) == x.wanted.shape;
  written(
      x, fits,
      [&](const Number& a, const Sizes& index) {
        const Number& b = plain::at(y.wanted, index);
        switch (kind) {
          case 0: return a + b;
          case 1: return a + plain::scaled(b, -1);
          case 2: return a * b;
          case 3: return b.value > 0 ? plain::constant(2) : a;
          default: return b;
        }
      },
      [&] {
        switch (kind) {
          case 0: add_(x.ours, y.ours); break;
          case 1: sub_(x.ours, y.ours); break;
          case 2: mul_(x.ours, y.ours); break;
          case 3: masked_fill_(x.ours, gt(y.ours, 0), 2); break;
          default: copy_(x.ours, y.ours);
        }
      });
}

void Program::fill_some_() {
  const Pair x = any();
  const double number = small();
  const unsigned kind = byte() % 3;
  written(
      x, true,
      [&](const Number& a, const Sizes&) {
        return kind == 0   ? plain::constant(number)
               : kind == 1 ? plain::scaled(a, number)
                           : a + plain::constant(number);
      },
      [&] {
        if (kind == 0)
          fill_(x.ours, number);
        else if (kind == 1)
          mul_(x.ours, number);
        else
          add_(x.ours, number);
      });
}

}  // namespace fuzz

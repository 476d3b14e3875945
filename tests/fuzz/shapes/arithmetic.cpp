// Arithmetic and sums.

#include "fuzz/shapes/program.hpp"

#include <algorithm>

namespace fuzz {

template <class F, class G>
void Program::elementwise(const std::vector<Pair>& x, F combine, const G& ours) {
  std::optional<Sizes> shape = Sizes();
  for (const Pair& operand : x)
    if (shape) shape = plain::broadcast(*shape, operand.wanted.shape);
  if (shape && !few(*shape)) return;
  std::optional<plain::Array> wanted;
  if (shape) wanted = plain::made(*shape, combine);
  if (!wanted || exact(*wanted)) both(wanted, ours);
}

void Program::arithmetic_() {
  const Pair x = any(), y = any();
  const unsigned kind = byte() % 4;
  elementwise(
      {x, y},
      [&](const Sizes& index) {
        const Number &a = plain::at(x.wanted, index), &b = plain::at(y.wanted, index);
        return kind == 0 ? a + b : kind == 1 ? a + plain::scaled(b, -1) : a * b;
      },
      [&] { return kind == 0   ? x.ours + y.ours
                   : kind == 1 ? x.ours - y.ours
                               : x.ours * y.ours; });
}

void Program::unary_() {
  const Pair x = any();
  const unsigned kind = byte() % 4;
  const double number = small();
  elementwise(
      {x},
      [&](const Sizes& index) {
        const Number& a = plain::at(x.wanted, index);
        switch (kind) {
          case 0: return plain::scaled(a, -1);
          case 1: return a.value > 0 ? a : plain::scaled(a, 0);
          case 2: return a * a;
          default: return plain::scaled(a, number) + plain::constant(number);
        }
      },
      [&] {
        return kind == 0   ? -x.ours
               : kind == 1 ? relu(x.ours)
               : kind == 2 ? square(x.ours)
                           : x.ours * number + number;
      });
}

void Program::where_() {
  const Pair c = any(), x = any(), y = any();
  elementwise(
      {c, x, y},
      [&](const Sizes& index) {
        return plain::at(c.wanted, index).value > 0 ? plain::at(x.wanted, index)
                                                    : plain::at(y.wanted, index);
      },
      [&] { return where(gt(c.ours, 0), x.ours, y.ours); });
}

void Program::sum_() {
  const Pair x = any();
  const int rank = x.wanted.rank();
  const bool whole = byte() % 2, kept = byte() % 2;
  const Size a = whole ? 0 : axis(rank);
  const auto at = place(a, std::max(rank, 1));  // a number has an axis to reduce
  std::optional<plain::Array> wanted;
  if (whole || at) {
    Sizes shape;
    for (int i = 0; i < rank; ++i) {
      if (!whole && i != *at)
        shape.push_back(x.wanted.shape[std::size_t(i)]);
      else if (kept)
        shape.push_back(1);
    }
    wanted = plain::made(shape, [](const Sizes&) { return plain::constant(0); });
    for (Size i = 0; i < x.wanted.count(); ++i) {
      const Sizes from = plain::index_of(i, x.wanted.shape);
      Sizes index;
      for (int k = 0; k < rank; ++k) {
        if (!whole && k != *at)
          index.push_back(from[std::size_t(k)]);
        else if (kept)
          index.push_back(0);
      }
      Number& sum = (*wanted)[plain::flat_of(index, shape)];
      sum = sum + x.wanted[i];
    }
    if (!exact(*wanted)) return;
  }
  both(wanted, [&] { return whole ? sum(x.ours, {}, kept) : sum(x.ours, Axis(a), kept); });
}

}  // namespace fuzz

// Random programs of shapes, views, writes in place, arithmetic and derivatives: each tensor and
// each gradient is, to the bit, what a slow interpreter (plain.hpp) makes of the same program, and
// what it finds impossible is refused by one line. Numbers are small integers, so that both are
// exact.

#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/engine.hpp>
#include <cinta/cinta.hpp>
#include <functional>
#include <iostream>

#include "fuzz/plain.hpp"
#include "fuzz/support.hpp"

using namespace cinta;

namespace {

using fuzz::require;
using plain::Number, plain::Size, plain::Sizes;

constexpr Size most_elements = 64;
constexpr std::size_t most_tensors = 24;

// With CINTA_FUZZ_TRACE in the environment a program tells what it does, to read a finding.
const bool traced = std::getenv("CINTA_FUZZ_TRACE") != nullptr;

struct Pair {
  Tensor ours;
  plain::Array wanted;
};

class Program {
 public:
  Program(const std::uint8_t* data, std::size_t size) : next_(data), end_(data + size) {}

  void run() {
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

 private:
  // ---- What the bytes say; zeros after their end ----

  unsigned byte() { return next_ < end_ ? *next_++ : 0; }
  Size below(Size count) { return count > 0 ? Size(byte()) % count : 0; }
  double small() { return double(Size(byte()) % 5 - 2); }
  Size axis(int rank) {  // now and then one that is not there
    const Size b = byte();
    return b % 16 == 15 ? b / 16 - 8 : (rank > 0 ? b % rank - (b & 64 ? rank : 0) : 0);
  }
  Size strange_size() {
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
  Sizes some_shape(int most_axes, Size most) {
    Sizes shape(std::size_t(below(most_axes + 1)), 1);
    for (Size& size : shape) {
      const unsigned b = byte();
      size = b % 8 ? Size(b / 8) % 4 + 1 : Size(b / 8) % 2 * 7;  // 1 to 4, and 0 and 7
      if (plain::product(shape) > most) size = 1;
    }
    return shape;
  }
  Pair& any() {
    const Size at = below(Size(pool_.size()));
    if (traced) std::cerr << " [" << at << "]";
    return pool_[std::size_t(at)];
  }

  // ---- Tensors ----

  static std::vector<double> values_of(const Tensor& x) {
    if (x.dtype() == float64) return x.to_vector<double>();
    const std::vector<float> values = x.to_vector<float>();
    return {values.begin(), values.end()};
  }
  Tensor tensor_of(const std::vector<double>& values, const Sizes& shape) const {
    if (dtype_ == float64) return from_data(values, Shape(shape));
    return from_data(std::vector<float>(values.begin(), values.end()), Shape(shape));
  }

  void check(const Tensor& ours, const plain::Array& wanted) const {
    require(ours.dtype() == dtype_ && ours.shape() == Shape(wanted.shape));
    const std::vector<double> values = values_of(ours);
    for (Size i = 0; i < wanted.count(); ++i) {
      if (values[std::size_t(i)] == wanted[i].value) continue;
      std::cerr << ours << "element " << i << " should be " << wanted[i].value << '\n';
      std::abort();
    }
    if (wanted.count() > 1) require(ours.is_contiguous() == wanted.dense());
  }

  /// New memory in which elements lie as in `ours`, which may have axes in another order.
  static plain::Array laid_out_as(const Tensor& ours, const plain::Array& x) {
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

  bool exact(const plain::Array& x) const {
    for (Size i = 0; i < x.count(); ++i)
      if (x[i].bound > exact_) return false;
    return true;
  }

  void keep(const Tensor& ours, plain::Array wanted) {
    // Without the axes of size 0, too: they may be summed away.
    Size room = 1;
    for (const Size size : wanted.shape)
      if (room <= most_elements)
        room = size > most_elements ? size : room * std::max<Size>(size, 1);
    if (room > most_elements || wanted.rank() > 7 || !exact(wanted)) return;
    if (traced)
      std::cerr << " -> " << ours << " strides " << ours.strides().str()
                << (ours.requires_grad() ? ", recorded" : "");
    if (pool_.size() < most_tensors)
      pool_.push_back({ours, std::move(wanted)});
    else
      any() = {ours, std::move(wanted)};
  }

  void leaf() {
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

  void constant() {
    const unsigned seed = byte();
    std::vector<double> values;
    const plain::Array wanted = plain::made(some_shape(4, most_elements), [&](const Sizes&) {
      values.push_back(double((values.size() * 7 + seed) % 5) - 2);
      return plain::constant(values.back());
    });
    keep(tensor_of(values, wanted.shape), wanted);
  }

  // ---- Steps ----

  /// Both do it, or both refuse.
  template <class F>
  void both(const std::optional<plain::Array>& wanted, const F& ours) {
    std::optional<Tensor> y;
    std::string refusal = "made what has to be refused";
    try {
      y = ours();
    } catch (const Error& error) {
      fuzz::require_plain(error.what());
      refusal = error.what();
    }
    if (y.has_value() != wanted.has_value()) {
      std::cerr << refusal << '\n';
      std::abort();
    }
    if (!y) return;
    const bool fresh = wanted->memory.use_count() == 1;
    const plain::Array kept = fresh && !y->is_contiguous() ? laid_out_as(*y, *wanted) : *wanted;
    check(*y, kept);
    keep(*y, kept);
  }
  /// The same for what shares memory with `x` exactly where `wanted` does.
  template <class F>
  void both_views(const Pair& x, const std::optional<plain::Array>& wanted, const F& ours) {
    both(wanted, [&] {
      const Tensor y = ours();
      if (wanted && wanted->count() > 0)
        require((y.storage() == x.ours.storage()) == (wanted->memory == x.wanted.memory));
      return y;
    });
  }

  void step() {
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

  void reshape_() {
    const Pair x = any();
    Sizes shape;
    Size left = x.wanted.count();
    for (Size axes = below(5); axes > 0; --axes) {
      const Size wish = below(5) + 1;
      const Size size = axes == 1 ? left : left % wish == 0 ? (left == 0 ? below(2) : wish) : 1;
      shape.push_back(size);
      left = size == 0 ? 0 : left / size;
    }
    const unsigned b = byte();
    Sizes said = shape;
    if (!said.empty() && b % 8 == 1) said[b / 8 % said.size()] = strange_size();
    if (!said.empty() && b % 8 == 2) said[b / 8 % said.size()] = -1;
    // The one size of -1 is what is left.
    const Size each = Size(size_of(dtype_));
    shape = said;
    const auto unknown = std::find(shape.begin(), shape.end(), -1);
    if (unknown != shape.end()) {
      *unknown = 1;
      if (plain::possible(shape, each) && plain::product(shape) != 0 &&
          x.wanted.count() % plain::product(shape) == 0)
        *unknown = x.wanted.count() / plain::product(shape);
      else
        *unknown = -1;
    }
    std::optional<plain::Array> wanted;
    if (plain::possible(shape, each) && plain::product(shape) == x.wanted.count())
      wanted = plain::reshaped(x.wanted, shape);
    both_views(x, wanted, [&] { return reshape(x.ours, Shape(said)); });
  }

  void flatten_() {
    const Pair x = any();
    const int rank = x.wanted.rank();
    const Size first = axis(rank), last = axis(rank);
    std::optional<plain::Array> wanted;
    const auto inside = [&](Size a) { return a >= -rank && a < rank; };
    if (rank == 0) {
      wanted = plain::reshaped(x.wanted, {1});
    } else if (inside(first) && inside(last)) {
      const Size from = (first + rank) % rank, to = (last + rank) % rank;
      Sizes shape(x.wanted.shape.begin(), x.wanted.shape.begin() + from);
      Size size = 1;
      for (Size i = from; i <= to; ++i) size *= x.wanted.shape[std::size_t(i)];
      shape.push_back(size);
      for (Size i = to + 1; i < rank; ++i) shape.push_back(x.wanted.shape[std::size_t(i)]);
      if (from <= to) wanted = plain::reshaped(x.wanted, shape);
    }
    both_views(x, wanted, [&] { return flatten(x.ours, first, last); });
  }

  std::optional<int> place(Size axis, int rank) const {
    if (axis < -rank || axis >= rank) return std::nullopt;
    return int(axis < 0 ? axis + rank : axis);
  }

  void permute_() {
    const Pair x = any();
    const int rank = x.wanted.rank();
    std::vector<Size> left(static_cast<std::size_t>(rank));
    std::iota(left.begin(), left.end(), 0);
    Sizes axes;
    while (!left.empty()) {
      const auto chosen = left.begin() + below(Size(left.size()));
      axes.push_back(*chosen);
      left.erase(chosen);
    }
    if (const unsigned b = byte(); b % 16 == 1 && rank > 0)
      axes[b / 16 % std::size_t(rank)] = axis(rank);
    std::set<Size> named;
    for (Size& a : axes)
      if (const auto at = place(a, rank)) named.insert(*at);
    std::optional<plain::Array> wanted;
    if (int(named.size()) == rank) {
      Sizes shape;
      for (const Size a : axes) shape.push_back(x.wanted.shape[std::size_t(*place(a, rank))]);
      wanted = plain::viewed(x.wanted, shape, [&](const Sizes& index) {
        Sizes from(index.size());
        for (std::size_t i = 0; i < index.size(); ++i)
          from[std::size_t(*place(axes[i], rank))] = index[i];
        return from;
      });
    }
    both_views(x, wanted, [&] { return permute(x.ours, Shape(axes)); });
  }

  void transpose_() {
    const Pair x = any();
    const Size a = axis(x.wanted.rank()), b = axis(x.wanted.rank());
    const auto m = place(a, x.wanted.rank()), n = place(b, x.wanted.rank());
    std::optional<plain::Array> wanted;
    if (m && n) {
      const auto swapped = [&](Sizes index) {
        std::swap(index[std::size_t(*m)], index[std::size_t(*n)]);
        return index;
      };
      wanted = plain::viewed(x.wanted, swapped(x.wanted.shape), swapped);
    }
    both_views(x, wanted, [&] { return transpose(x.ours, a, b); });
  }

  void unsqueeze_() {
    const Pair x = any();
    const Size a = axis(x.wanted.rank() + 1);
    std::optional<plain::Array> wanted;
    if (const auto at = place(a, x.wanted.rank() + 1)) {
      wanted = x.wanted;
      wanted->shape.insert(wanted->shape.begin() + *at, 1);
    }
    both_views(x, wanted, [&] { return unsqueeze(x.ours, a); });
  }

  void squeeze_() {
    const Pair x = any();
    const Size a = axis(x.wanted.rank());
    std::optional<plain::Array> wanted;
    const auto at = place(a, x.wanted.rank());
    if (at && x.wanted.shape[std::size_t(*at)] == 1) {
      wanted = x.wanted;
      wanted->shape.erase(wanted->shape.begin() + *at);
    }
    both_views(x, wanted, [&] { return squeeze(x.ours, a); });
  }

  static plain::Array selected(const plain::Array& x, int axis, Size position) {
    Sizes shape = x.shape;
    shape.erase(shape.begin() + axis);
    return plain::viewed(x, shape, [&](Sizes index) {
      index.insert(index.begin() + axis, position);
      return index;
    });
  }
  /// Positions start, start + step, ...
  static plain::Array sliced(const plain::Array& x, int axis, Size start, Size step, Size count) {
    Sizes shape = x.shape;
    shape[std::size_t(axis)] = count;
    return plain::viewed(x, shape, [&](Sizes index) {
      index[std::size_t(axis)] = start + step * index[std::size_t(axis)];
      return index;
    });
  }

  void select_() {
    const Pair x = any();
    const Size a = axis(x.wanted.rank());
    const auto at = place(a, x.wanted.rank());
    const Size size = at ? x.wanted.shape[std::size_t(*at)] : 1;
    const unsigned b = byte();
    const Size position = b % 16 == 15 ? strange_size() : below(2 * size + 1) - size;
    std::optional<plain::Array> wanted;
    if (at && position >= -size && position < size)
      wanted = selected(x.wanted, *at, position < 0 ? position + size : position);
    both_views(x, wanted, [&] { return select(x.ours, a, position); });
  }

  void slice_() {
    const Pair x = any();
    const Size a = axis(x.wanted.rank());
    const auto at = place(a, x.wanted.rank());
    const Size size = at ? x.wanted.shape[std::size_t(*at)] : 1;
    const auto bound = [&] {
      return byte() % 16 == 15 ? strange_size() : below(2 * size + 4) - size - 2;
    };
    const Size start = bound(), stop = bound();
    const unsigned b = byte();
    const Size step = b % 16 == 15 ? strange_size() : Size(b % 4) + (b >= 16);
    std::optional<plain::Array> wanted;
    if (at && step > 0) {
      // As Python does it, one position after the other.
      const Size first = start < 0 ? std::max(-size, start) + size : start;
      const Size last = stop < 0 ? std::max(-size, stop) + size : stop;
      Size count = 0;
      for (Size i = 0; i < std::min(last, size); ++i)
        count += i >= first && (i - first) % step == 0;
      wanted = sliced(x.wanted, *at, first, step, count);
    }
    both_views(x, wanted, [&] { return slice(x.ours, a, start, stop, step); });
  }

  void broadcast_() {
    const Pair x = any();
    Sizes shape = x.wanted.shape;
    for (Size& size : shape) {
      const unsigned b = byte();
      if (size == 1 && b % 2) size = b % 32 == 31 ? strange_size() : Size(b / 2) % 4;
      if (b % 64 == 32) size = Size(b / 64);
    }
    for (Size more = below(3); more > 0; --more) {
      const unsigned b = byte();
      shape.insert(shape.begin(), b % 16 == 15 ? strange_size() : Size(b) % 4);
    }
    const auto joint = plain::broadcast(x.wanted.shape, shape);
    const bool fits = joint == shape && plain::possible(shape, Size(size_of(dtype_)));
    if (fits && few(shape)) {
      both_views(
          x,
          plain::viewed(x.wanted, shape,
                        [&](const Sizes& index) { return plain::narrowed(index, x.wanted.shape); }),
          [&] { return broadcast_to(x.ours, Shape(shape)); });
    } else if (fits) {
      vast(x, broadcast_to(x.ours, Shape(shape)));
    } else {
      both({}, [&] { return broadcast_to(x.ours, Shape(shape)); });
    }
  }
  static bool few(const Sizes& shape) {
    return plain::possible(shape, 1) && plain::product(shape) <= 8 * most_elements;
  }

  /// A view with more elements than one could compute with: cut down to a few of them.
  void vast(const Pair& x, Tensor y) {
    both({}, [&] { return as_strided(y, {2}, {1}); });
    if (y.numel() >= std::numeric_limits<Size>::max() / Size(size_of(dtype_)))
      both({}, [&] { return cat({y, y, y}); });
    if (byte() % 2)
      y = permute(y, [&] {
        Shape axes = Shape::filled(y.rank());
        for (int i = 0; i < y.rank(); ++i) axes[i] = y.rank() - 1 - i;
        return axes;
      }());
    while (y.rank() > 0) {
      const Size size = y.shape()[0];
      if (size == 0) return;
      const Size step = std::max<Size>(size / 2, 1);
      y = slice(y, 0, 0, size, step);
      require(y.shape()[0] == (size - 1) / step + 1);
      y = select(y, 0, -1);
    }
    const std::vector<double> values = values_of(x.ours);
    require(std::find(values.begin(), values.end(), y.item()) != values.end());
  }

  void as_strided_() {
    const Pair x = any();
    const Size axes = below(4);
    Sizes shape, steps;
    for (Size i = 0; i < axes; ++i) {
      const unsigned b = byte(), c = byte();
      shape.push_back(b % 32 == 31 ? strange_size() : Size(b) % 4);
      steps.push_back(c % 32 == 31 ? strange_size() : Size(c) % 7 - (c % 3 ? 0 : 3));
    }
    if (byte() % 32 == 31) steps.push_back(1);
    const Size offset = byte() % 32 == 31 ? strange_size() : below(x.wanted.count() + 2);
    const auto call = [&] { return as_strided(x.ours, Shape(shape), Shape(steps), offset); };
    const bool possible = x.ours.is_contiguous() && steps.size() == shape.size() &&
                          plain::possible(shape, Size(size_of(dtype_)));
    if (!possible) return both({}, call);
    // The lowest and the highest element that it shows.
    __int128 low = offset, high = offset;
    for (std::size_t i = 0; i < shape.size(); ++i)
      (steps[i] < 0 ? low : high) += __int128(steps[i]) * std::max<Size>(shape[i] - 1, 0);
    const bool any = plain::product(shape) != 0;
    if (any && (low < 0 || high >= x.wanted.count())) return both({}, call);
    if (!few(shape)) return vast(x, call());
    plain::Array wanted{shape, {}, x.wanted.memory};
    for (Size i = 0; i < plain::product(shape); ++i) {
      const Sizes index = plain::index_of(i, shape);
      Size from = offset;
      for (std::size_t k = 0; k < shape.size(); ++k) from += index[k] * steps[k];
      wanted.places.push_back(x.wanted.places[std::size_t(from)]);
    }
    both_views(x, wanted, call);
  }

  // ---- Joining and parting ----

  void cat_() {
    const std::size_t count = std::size_t(below(4));
    std::vector<Pair> parts;
    Tensors tensors;
    for (std::size_t i = 0; i < count; ++i) parts.push_back(i && byte() % 2 ? parts[0] : any());
    for (const Pair& part : parts) tensors.push_back(part.ours);
    const int rank = count ? parts[0].wanted.rank() : 0;
    const Size a = axis(rank);
    const auto at = place(a, rank);
    std::optional<plain::Array> wanted;
    if (count && at) {
      Sizes shape = parts[0].wanted.shape;
      shape[std::size_t(*at)] = 0;
      bool fits = true;
      for (const Pair& part : parts) {
        Sizes others = part.wanted.shape;
        if (others.size() != shape.size()) {
          fits = false;
          break;
        }
        shape[std::size_t(*at)] += others[std::size_t(*at)];
        others[std::size_t(*at)] = shape[std::size_t(*at)];
        fits = fits && others == shape;
      }
      if (fits) {
        wanted = plain::made(shape, [&](Sizes index) {
          for (const Pair& part : parts) {
            const Size size = part.wanted.shape[std::size_t(*at)];
            if (index[std::size_t(*at)] < size)
              return part.wanted[plain::flat_of(index, part.wanted.shape)];
            index[std::size_t(*at)] -= size;
          }
          std::abort();
        });
      }
    }
    both(wanted, [&] { return cat(tensors, a); });
  }

  void stack_() {
    const Pair x = any(), y = byte() % 2 ? x : any();
    const Size a = axis(x.wanted.rank() + 1);
    const auto at = place(a, x.wanted.rank() + 1);
    std::optional<plain::Array> wanted;
    if (at && x.wanted.shape == y.wanted.shape) {
      Sizes shape = x.wanted.shape;
      shape.insert(shape.begin() + *at, 2);
      wanted = plain::made(shape, [&](Sizes index) {
        const Pair& from = index[std::size_t(*at)] ? y : x;
        index.erase(index.begin() + *at);
        return from.wanted[plain::flat_of(index, from.wanted.shape)];
      });
    }
    both(wanted, [&] { return stack({x.ours, y.ours}, a); });
  }

  void split_() {
    const Pair x = any();
    const Size a = axis(x.wanted.rank());
    const auto at = place(a, x.wanted.rank());
    const Size size = at ? x.wanted.shape[std::size_t(*at)] : 0, first = below(size + 2);
    std::optional<plain::Array> wanted;
    if (at && first <= size) wanted = sliced(x.wanted, *at, first, 1, size - first);
    both_views(x, wanted, [&] { return split(x.ours, Shape{first, size - first}, int(a))[1]; });
  }

  void unbind_() {
    const Pair x = any();
    const Size a = axis(x.wanted.rank());
    const auto at = place(a, x.wanted.rank());
    if (at && x.wanted.shape[std::size_t(*at)] == 0) return require(unbind(x.ours, int(a)).empty());
    const Size position = at ? below(x.wanted.shape[std::size_t(*at)]) : 0;
    std::optional<plain::Array> wanted;
    if (at) wanted = selected(x.wanted, *at, position);
    both_views(x, wanted, [&] { return unbind(x.ours, int(a))[std::size_t(position)]; });
  }

  void copies_() {
    const Pair x = any();
    if (byte() % 2) return both(plain::copied(x.wanted), [&] { return clone(x.ours); });
    both_views(x, x.wanted.dense() ? x.wanted : plain::copied(x.wanted),
               [&] { return contiguous(x.ours); });
  }

  void index_select_() {
    const Pair x = any();
    const Size a = axis(x.wanted.rank());
    const auto at = place(a, x.wanted.rank());
    const Size size = at ? x.wanted.shape[std::size_t(*at)] : 1;
    std::vector<std::int64_t> ids(std::size_t(below(4)));
    bool inside = true;
    for (std::int64_t& id : ids) {
      const unsigned b = byte();
      id = b % 32 == 31 ? strange_size() : Size(b) % std::max<Size>(size, 1);
      inside = inside && id >= 0 && id < size;
    }
    std::optional<plain::Array> wanted;
    if (at && inside) {
      Sizes shape = x.wanted.shape;
      shape[std::size_t(*at)] = Size(ids.size());
      wanted = plain::made(shape, [&](Sizes index) {
        index[std::size_t(*at)] = ids[std::size_t(index[std::size_t(*at)])];
        return x.wanted[plain::flat_of(index, x.wanted.shape)];
      });
    }
    both(wanted, [&] { return index_select(x.ours, a, from_data(ids, {Size(ids.size())})); });
  }

  // ---- Arithmetic ----

  template <class F, class G>
  void elementwise(const std::vector<Pair>& x, F combine, const G& ours) {
    std::optional<Sizes> shape = Sizes();
    for (const Pair& operand : x)
      if (shape) shape = plain::broadcast(*shape, operand.wanted.shape);
    if (shape && !few(*shape)) return;
    std::optional<plain::Array> wanted;
    if (shape) wanted = plain::made(*shape, combine);
    if (!wanted || exact(*wanted)) both(wanted, ours);
  }

  void arithmetic_() {
    const Pair x = any(), y = any();
    const unsigned kind = byte() % 4;
    elementwise(
        {x, y},
        [&](const Sizes& index) {
          const Number &a = plain::at(x.wanted, index), &b = plain::at(y.wanted, index);
          return kind == 0 ? a + b : kind == 1 ? a + plain::scaled(b, -1) : a * b;
        },
        [&] {
          return kind == 0 ? x.ours + y.ours : kind == 1 ? x.ours - y.ours : x.ours * y.ours;
        });
  }

  void unary_() {
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

  void where_() {
    const Pair c = any(), x = any(), y = any();
    elementwise(
        {c, x, y},
        [&](const Sizes& index) {
          return plain::at(c.wanted, index).value > 0 ? plain::at(x.wanted, index)
                                                      : plain::at(y.wanted, index);
        },
        [&] { return where(gt(c.ours, 0), x.ours, y.ours); });
  }

  void sum_() {
    const Pair x = any();
    const int rank = x.wanted.rank();
    const bool whole = byte() % 2, kept = byte() % 2;
    const Size a = whole ? 0 : axis(rank);
    const auto at = place(a, rank);
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

  // ---- Writes ----

  /// x = combine(x, index) by `ours`; `fits` says whether shapes do.
  template <class F, class G>
  void written(const Pair& x, bool fits, F combine, const G& ours) {
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
  static bool steps_nest(const Tensor& x) {
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

  void write_() {
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

  void fill_some_() {
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

  // ---- Derivatives ----

  void differentiate() {
    std::array<double, plain::variables> wanted{}, wanted_along{};
    double bound = 0;
    Tensors outputs, weights, inputs;
    for (const Pair& leaf : leaves_) inputs.push_back(leaf.ours);
    for (std::size_t count = 0; count < 3 && !pool_.empty(); ++count) {
      const Pair& y = pool_[pool_.size() - 1 - std::min(count, pool_.size() - 1)];
      std::vector<double> w;
      for (Size i = 0; i < y.wanted.count(); ++i) {
        w.push_back(double((std::size_t(i) * 3 + count) % 5) - 2);
        for (int k = 0; k < plain::variables; ++k) {
          wanted[std::size_t(k)] += w.back() * y.wanted[i].by[std::size_t(k)];
          wanted_along[std::size_t(k)] += w.back() * y.wanted[i].by_along[std::size_t(k)];
        }
        bound += 2 * y.wanted[i].bound;
        require(y.ours.requires_grad() || y.wanted[i].constant());
      }
      if (!y.ours.requires_grad()) continue;
      outputs.push_back(y.ours);
      weights.push_back(tensor_of(w, y.wanted.shape));
    }
    if (outputs.empty() || 4 * plain::variables * bound > exact_) return;
    try {
      const Tensors gradients = grad(
          outputs, inputs, {.grad_outputs = weights, .create_graph = twice_, .allow_unused = true});
      compare(gradients, wanted);
      if (!twice_) return;
      Tensors first, directions;
      std::size_t next = 0;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        std::vector<double> v;
        for (Size k = 0; k < leaves_[i].wanted.count(); ++k) v.push_back(directions_[next++]);
        if (!gradients[i].defined() || !gradients[i].requires_grad()) continue;
        first.push_back(gradients[i]);
        directions.push_back(tensor_of(v, leaves_[i].wanted.shape));
      }
      if (first.empty())
        compare(Tensors(inputs.size()), wanted_along);
      else
        compare(grad(first, inputs, {.grad_outputs = directions, .allow_unused = true}),
                wanted_along);
    } catch (const GraphError& error) {
      fuzz::require_plain(error.what());
      require(writes_ > 0 &&
              std::string_view(error.what()).find("was overwritten by") != std::string_view::npos);
    }
  }

  void compare(const Tensors& gradients, const std::array<double, plain::variables>& wanted) const {
    std::size_t next = 0;
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      const std::size_t count = std::size_t(leaves_[i].wanted.count());
      std::vector<double> values(count);
      if (gradients[i].defined()) {
        require(gradients[i].shape() == leaves_[i].ours.shape());
        values = values_of(gradients[i]);
      }
      for (std::size_t k = 0; k < count; ++k, ++next) {
        if (values[k] == wanted[next]) continue;
        std::cerr << "gradient of leaf " << i << ", element " << k << ": " << values[k]
                  << " instead of " << wanted[next] << '\n';
        std::abort();
      }
    }
  }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  Dtype dtype_ = float64;
  bool twice_ = false;  // whether second derivatives are compared, too
  double exact_ = 0;    // integers up to here are
  std::vector<Pair> pool_, leaves_;
  int variables_ = 0;  // elements of the leaves
  std::vector<double> directions_;
  int writes_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Program(data, std::min<std::size_t>(size, 200)).run();
  return 0;
}

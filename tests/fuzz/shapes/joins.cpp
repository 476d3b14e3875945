// Steps that join, part and pick.

#include "fuzz/shapes/program.hpp"

namespace fuzz {

void Program::cat_() {
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

void Program::stack_() {
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

void Program::split_() {
  const Pair x = any();
  const Size a = axis(x.wanted.rank());
  const auto at = place(a, x.wanted.rank());
  const Size size = at ? x.wanted.shape[std::size_t(*at)] : 0, first = below(size + 2);
  std::optional<plain::Array> wanted;
  if (at && first <= size) wanted = sliced(x.wanted, *at, first, 1, size - first);
  both_views(x, wanted, [&] { return split(x.ours, Shape{first, size - first}, int(a))[1]; });
}

void Program::unbind_() {
  const Pair x = any();
  const Size a = axis(x.wanted.rank());
  const auto at = place(a, x.wanted.rank());
  if (at && x.wanted.shape[std::size_t(*at)] == 0) return require(unbind(x.ours, int(a)).empty());
  const Size position = at ? below(x.wanted.shape[std::size_t(*at)]) : 0;
  std::optional<plain::Array> wanted;
  if (at) wanted = selected(x.wanted, *at, position);
  both_views(x, wanted, [&] { return unbind(x.ours, int(a))[std::size_t(position)]; });
}

void Program::copies_() {
  const Pair x = any();
  if (byte() % 2) return both(plain::copied(x.wanted), [&] { return clone(x.ours); });
  both_views(x, x.wanted.dense() ? x.wanted : plain::copied(x.wanted),
             [&] { return contiguous(x.ours); });
}

void Program::index_select_() {
  const Pair x = any();
  const Size a = axis(x.wanted.rank());
  const bool is_number = x.wanted.rank() == 0;  // counts as one element along axis 0
  const auto at = place(a, is_number ? 1 : x.wanted.rank());
  const Size size = at && !is_number ? x.wanted.shape[std::size_t(*at)] : 1;
  std::vector<std::int64_t> ids(std::size_t(below(4)));
  bool inside = true;
  for (std::int64_t& id : ids) {
    const unsigned b = byte();
    id = b % 32 == 31 ? strange_size() : Size(b) % std::max<Size>(size, 1);
    inside = inside && id >= 0 && id < size;
  }
  std::optional<plain::Array> wanted;
  if (is_number) {
    if (at && inside && ids.size() == 1) wanted = plain::copied(x.wanted);
  } else if (at && inside) {
    Sizes shape = x.wanted.shape;
    shape[std::size_t(*at)] = Size(ids.size());
    wanted = plain::made(shape, [&](Sizes index) {
      index[std::size_t(*at)] = ids[std::size_t(index[std::size_t(*at)])];
      return x.wanted[plain::flat_of(index, x.wanted.shape)];
    });
  }
  both(wanted, [&] { return index_select(x.ours, a, from_data(ids, {Size(ids.size())})); });
}

}  // namespace fuzz

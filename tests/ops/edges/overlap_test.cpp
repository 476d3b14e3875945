// Writes of what shares memory with the target: as if it had been copied before.

#include <cinta/cinta.hpp>
#include <string_view>

#include "support/catch_compat.hpp"

namespace {

using namespace cinta;
using Doubles = std::vector<double>;

Doubles values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

// Two views of one shape.
using View = std::function<Tensor(const Tensor&)>;
struct Pair {
  const char* name;
  View target, source;
};

View part(std::int64_t start, std::int64_t stop, std::int64_t step = 1) {
  return [=](const Tensor& x) { return slice(x, 0, start, stop, step); };
}
const View whole = [](const Tensor& x) { return x(All); };
const View reversed = part(-1, end_of_axis, -1);

// Of a tensor with several axes that are as long as one another.
const std::vector<Pair> pairs = {
    {"itself", whole, whole},
    {"backwards", whole, reversed},
    {"one on", part(1, end_of_axis), part(0, -1)},
    {"one back", part(0, -1), part(1, end_of_axis)},
    {"every other", part(0, 8, 2), part(1, 5)},
    {"the first everywhere", whole, [](const Tensor& x) { return slice(x, 0, 0, 1); }},
    {"the last everywhere", whole, [](const Tensor& x) { return select(x, 0, -1); }},
    {"transposed", whole, [](const Tensor& x) { return transpose(x, 0, -1); }},
    {"into the transposed", [](const Tensor& x) { return transpose(x, 0, -1); }, part(0, 1)},
};

struct Write {
  const char* name;
  std::function<void(const Tensor& target, const Tensor& source)> run;
};

const std::vector<Write> writes = {
    {"copy_", [](const Tensor& x, const Tensor& y) { copy_(x, y); }},
    {"=", [](const Tensor& x, const Tensor& y) { x(All) = y; }},
    {"masked_fill_",
     [](const Tensor& x, const Tensor& y) {
       masked_fill_(x, eq(remainder(arange(x.shape().back()), 3), 0), y);
     }},
    {"index_put_", [](const Tensor& x,
                      const Tensor& y) { index_put_(x, {arange(x.shape()[0] - 1, -1, -1)}, y); }},
    {"index_fill_",
     [](const Tensor& x, const Tensor& y) {
       if (y.numel()) index_fill_(x, -1, arange(x.shape().back()), select(flatten(y), 0, 0));
     }},
};
const std::vector<Write> sums = {
    {"add_", [](const Tensor& x, const Tensor& y) { add_(x, y); }},
    {"sub_", [](const Tensor& x, const Tensor& y) { sub_(x, y); }},
    {"mul_", [](const Tensor& x, const Tensor& y) { mul_(x, y); }},
    {"+=", [](const Tensor& x, const Tensor& y) { x += y; }},
    {"index_put_ that adds",
     [](const Tensor& x, const Tensor& y) {
       index_put_(x, {arange(x.shape()[0] - 1, -1, -1)}, y, true);
     }},
};
const Write quotient = {"div_", [](const Tensor& x, const Tensor& y) { div_(x, y); }};

// Elements from 1 on, each another one where the dtype has as many.
Tensor numbered(const Shape& shape, Dtype dtype) {
  const Tensor numbers = reshape(arange(shape.numel()), shape);
  return dtype == boolean ? eq(remainder(numbers, 3), 0) : to(numbers, dtype) + 1;
}

void check(const Write& write, const Pair& pair, const Shape& shape, Dtype dtype) {
  CAPTURE(write.name, pair.name, shape.str(), name_of(dtype));
  const Tensor x = numbered(shape, dtype), twin = clone(x);
  const Tensor source = clone(pair.source(twin));
  write.run(pair.target(twin), source);
  const Tensor y = clone(x);
  write.run(pair.target(y), pair.source(y));
  CHECK((values(y) == values(twin)));
  // Memory of somebody else's, which two tensors have without knowing of each other.
  Tensor mine = clone(x);
  const auto blob = [&] { return from_blob(mine.impl()->memory, shape, dtype); };
  write.run(pair.target(blob()), pair.source(blob()));
  CHECK((values(mine) == values(twin)));
  if (!is_floating(dtype)) return;
  Tensors gradients;
  for (const bool copied : {false, true}) {
    const Tensor leaf = clone(x).requires_grad_(), z = clone(leaf);
    const Tensor from = pair.source(z);
    write.run(pair.target(z), copied ? clone(from) : from);
    gradients.push_back(grad({sum(z * z)}, {leaf})[0]);
  }
  CHECK((values(gradients[0]) == values(gradients[1])));
}

}  // namespace

TEST_CASE("a source that overlaps the target is read before it is overwritten") {
  for (const Shape& shape :
       {Shape{9}, Shape{9, 9}, Shape{9, 4, 9}, Shape{9, 0, 9}, Shape{700, 700}}) {
    for (const Pair& pair : pairs) {
      if (shape[0] != 9 && std::string_view(pair.name) == "every other") continue;
      for (const Dtype dtype : {float32, float64, int64, boolean}) {
        for (const Write& write : writes) check(write, pair, shape, dtype);
        if (dtype == boolean) continue;
        for (const Write& write : sums) check(write, pair, shape, dtype);
        if (is_floating(dtype)) check(quotient, pair, shape, dtype);
      }
    }
  }
}

TEST_CASE("ids and masks that overlap the target are read before it is overwritten") {
  const std::vector<Write> by_ids = {
      {"values", [](const Tensor& x, const Tensor& ids) { index_put_(x, {ids}, 8); }},
      {"sums", [](const Tensor& x, const Tensor& ids) { index_put_(x, {ids}, 5, true); }},
      {"values and ids", [](const Tensor& x, const Tensor& ids) { index_put_(x, {ids}, ids); }},
      {"index_fill_", [](const Tensor& x, const Tensor& ids) { index_fill_(x, 0, ids, 3); }},
      {"index_fill_ of an id",
       [](const Tensor& x, const Tensor& ids) { index_fill_(x, 0, ids, select(ids, 0, 0)); }},
  };
  for (const Pair& pair : pairs) {
    if (pair.source(zeros({9})).shape() != pair.target(zeros({9})).shape()) continue;
    for (const Write& write : by_ids) {
      CAPTURE(write.name, pair.name);
      const std::int64_t some[] = {2, 0, 3, 1, 2, 0, 1, 3, 2};  // ids of any of the targets
      const Tensor x = from_data(std::vector<std::int64_t>(some, some + 9), {9}), twin = clone(x);
      const Tensor ids = clone(pair.source(twin));
      write.run(pair.target(twin), ids);
      const Tensor y = clone(x), mine = clone(x);
      write.run(pair.target(y), pair.source(y));
      CHECK((values(y) == values(twin)));
      const auto blob = [&] { return from_blob(mine.impl()->memory, {9}, int64); };
      write.run(pair.target(blob()), pair.source(blob()));
      CHECK((values(mine) == values(twin)));
    }
    for (const bool by_mask : {false, true}) {
      CAPTURE(pair.name, by_mask);
      const Tensor x = numbered({9}, boolean), twin = clone(x), mine = clone(x);
      const auto write = [=](const Tensor& to, const Tensor& mask) {
        by_mask ? index_put_(to, {mask}, false) : masked_fill_(to, mask, logical_not(mask));
      };
      const Tensor mask = clone(pair.source(twin));
      write(pair.target(twin), mask);
      const auto blob = [&] { return from_blob(mine.impl()->memory, {9}, boolean); };
      write(pair.target(blob()), pair.source(blob()));
      CHECK((values(mine) == values(twin)));
      write(pair.target(x), pair.source(x));
      CHECK((values(x) == values(twin)));
    }
  }
}

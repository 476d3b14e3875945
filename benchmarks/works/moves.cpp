// Scans, orders, rows moved and added up, and einsum, unrecorded: the speed of memory, and of GEMM.

#include <cinta/cinta.hpp>

#include "data.hpp"
#include "forward.hpp"
#include "sizes.hpp"
#include "work.hpp"

namespace bench {
namespace {

using namespace cinta;

Tensor row() { return from_data(values(0, big), {big}); }
Tensor sheet() {
  return from_data(values(0, square_side * square_side), {square_side, square_side});
}
Tensor table() { return from_data(values(0, table_rows * table_width), {table_rows, table_width}); }
Tensor places() { return from_data(ids(1, table_rows, table_rows), {table_rows}); }
Tensor places_in_sheet() {
  return from_data(bench::ids(1, square_side * square_side, square_side),
                   {square_side, square_side});
}

// Work on one tensor that is made when it starts.
Work work(const std::string& name, const std::string& title, const Limit& limit, double recorded,
          Tensor (*make)(), Tensor (*f)(const Tensor&), double target = 1.3) {
  Work work{
      .name = name, .title = title, .limit = limit, .limit_target = target, .recorded = recorded};
  work.start = [=](Mode) {
    const Tensor x = make();
    return forward([=] { return f(x); });
  };
  return work;
}

}  // namespace

Works move_works() {
  const double array = 4.0 * double(big), square = 4.0 * double(square_side * square_side);
  const double rows = 4.0 * double(table_rows * table_width), ids = 8.0 * double(table_rows);
  Works works = {
      work("cumsum", "cumsum of 10M", {.bytes = 2 * array}, 1.9, row,
           [](const Tensor& x) { return cumsum(x, 0); }),
      // Keys and places of 4 bytes, arranged by three digits, each time read and written.
      work("sort", "sort of 10M, with indices", {.bytes = 3 * 4 * array}, 12, row,
           [](const Tensor& x) { return sort(x, 0).values; }),
      work("topk", "the 100 largest of 10M", {.bytes = array, .reads_only = true}, 1.2, row,
           [](const Tensor& x) { return topk(x, chosen, 0).values; }),
      work("quantile", "a quantile of 10M", {.bytes = array, .reads_only = true}, 1.4, row,
           [](const Tensor& x) { return quantile(x, 0.3); }),
      work("flip", "flip of 4096 x 4096, copied", {.bytes = 2 * square}, 1.1, sheet,
           [](const Tensor& x) { return contiguous(flip(x)); }),
      work("pad", "pad of 4096 x 4096", {.bytes = 2 * square}, 1.3, sheet,
           [](const Tensor& x) {
             return pad(x, {border, border, border, border});
           }),
      // Bound by the processor: no target.
      work(
          "topk-rows", "the 10 largest of 4096 rows of 4096", {.bytes = square, .reads_only = true},
          10.3, sheet, [](const Tensor& x) { return topk(x, chosen_of_row, 1).values; }, 0),
      work(
          "short-max", "the largest of 4M rows of 4", {.bytes = rows + rows / short_row}, 4.1,
          table,
          [](const Tensor& x) {
            return amax(reshape(x, {-1, short_row}), 1);
          },
          0),
      work(
          "short-softmax", "softmax of 1.6M rows of 10", {.bytes = 2 * rows}, 7.7, table,
          [](const Tensor& x) {
            return softmax(reshape(x, {-1, few_classes}), 1);
          },
          0)};
  for (const int axis : {0, 1}) {
    works.push_back({.name = "gather-" + std::to_string(axis),
                     .title = "4096 x 4096 gathered along axis " + std::to_string(axis),
                     .limit = {.bytes = 4 * square},
                     .recorded = axis == 0 ? 26.0 : 3.5});
    works.back().start = [axis](Mode) {
      const Tensor x = sheet(), at = places_in_sheet();
      return forward([=] { return gather(x, axis, at); });
    };
  }
  // Each row that is read, wherever it lies, and those that are written, once. Sums by id can take
  // the rows of either side in order, but then not those of the other: by the table's rows, ids are
  // ordered first, read, written and read again; in the order of ids, rows of the table go back to
  // memory one by one, which costs as much.
  works.push_back({.name = "gather",
                   .title = "1M rows of 16 gathered at random",
                   .limit = {.bytes = rows, .gathers = {{table_rows, table_width, table_rows}}},
                   .limit_target = 1.3,
                   .recorded = 1.3});
  works.back().start = [](Mode) {
    const Tensor x = table(), at = places();
    return forward([=] { return index_select(x, 0, at); });
  };
  works.push_back(
      {.name = "scatter-add",
       .title = "1M rows of 16 added at random",
       .limit = {.bytes = rows + 3 * ids, .gathers = {{table_rows, table_width, table_rows}}},
       .limit_target = 1.3,
       .recorded = 1.6});
  works.back().start = [](Mode) {
    const Tensor x = table(), at = places();
    return forward([=] { return index_add(x.shape(), at, x); });
  };
  works.push_back({.name = "segment-sum",
                   .title = "1M rows of 16 added up in 1000 segments",
                   .limit = {.bytes = rows + ids, .reads_only = true},
                   .limit_target = 1.3,
                   .recorded = 1.5});
  works.back().start = [](Mode) {
    const Tensor x = table();
    const Tensor at = repeat_interleave(arange(segments), table_rows / segments, 0);
    return forward([=] { return segment_sum(x, at, segments); });
  };
  works.push_back(
      {.name = "put",
       .title = "1M rows of 16 put at random",
       .limit = {.bytes = rows + ids, .gathers = {{table_rows, table_width, table_rows}}},
       .limit_target = 1.3,
       .recorded = 2.0});
  works.back().start = [](Mode) {
    const Tensor x = table(), y = zeros(x.shape());
    const Tensor at = remainder(arange(table_rows) * table_step, table_rows);
    return forward([=] { return index_put_(y, {at}, x); });
  };
  for (const BagMode mode : {BagMode::sum, BagMode::max}) {
    const bool is_sum = mode == BagMode::sum;
    works.push_back({.name = is_sum ? "bag-sum" : "bag-max",
                     .title = is_sum ? "1M rows of 16 added up in bags of 20"
                                     : "the largest of 1M rows of 16 in bags of 20",
                     .limit = {.bytes = rows / bag_size + ids,
                               .gathers = {{table_rows, table_width, table_rows}}},
                     .recorded = is_sum ? 2.2 : 3.3});
    if (is_sum) works.back().limit_target = 1.3;
    works.back().start = [mode](Mode) {
      const Tensor x = table(), at = reshape(places(), {-1, bag_size});
      return forward([=] { return embedding_bag(x, at, {}, {.mode = mode}); });
    };
  }
  for (Work& work : works)
    if (work.name == "sort" || work.name == "topk") work.peer_target = 1;
  for (const Form& form : forms) {
    Work work{.name = form.name, .title = "einsum " + form.equation};
    work.limit.products = {{form.m, form.n, form.k, form.times}};
    // A product alone has its operands in a cache. Those of many come from memory.
    if (form.times > 1)
      work.limit.bytes =
          4.0 * double(form.times) * double(form.m * form.k + form.k * form.n + form.m * form.n);
    work.limit_target = 1.15;
    work.start = [form](Mode) {
      const auto make = [](std::uint64_t stream, const std::vector<std::int64_t>& sizes) {
        const Shape shape(sizes);
        return from_data(values(stream, shape.numel()), shape);
      };
      const Tensors in = {make(0, form.a), make(1, form.b)};
      return forward([=] { return einsum(form.equation, in); });
    };
    works.push_back(std::move(work));
  }
  return works;
}

}  // namespace bench

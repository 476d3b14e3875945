// Sums and a transposition, unrecorded: the speed of memory.

#include <cinta/cinta.hpp>

#include "data.hpp"
#include "forward.hpp"
#include "sizes.hpp"
#include "work.hpp"

namespace bench {
namespace {

using namespace cinta;

// Applies f to several matrices in turn, so that none is found in a cache.
Running start(std::int64_t rows, std::int64_t columns, std::int64_t count,
              const std::function<Tensor(const Tensor&)>& f) {
  Tensors inputs;
  for (std::int64_t i = 0; i < count; ++i)
    inputs.push_back(from_data(values(std::uint64_t(i), rows * columns), {rows, columns}));
  const auto turn = std::make_shared<std::size_t>(0);
  return forward([=] { return f(inputs[(*turn)++ % inputs.size()]); });
}

}  // namespace

Works reduction_works() {
  const double sheet = 4.0 * double(sheet_rows * sheet_columns);
  const double square = 4.0 * double(square_side * square_side);
  return {{.name = "transpose",
           .title = "transpose copy 4096 x 4096",
           .limit = {.bytes = 2 * square},
           .limit_target = 1.3,
           .recorded = 1.9,
           .start =
               [](Mode) {
                 return start(square_side, square_side, 1,
                              [](const Tensor& x) { return contiguous(transpose(x)); });
               }},
          {.name = "row-sum",
           .title = "row sum 4096 x 1024",
           .limit = {.bytes = sheet, .reads_only = true},
           .limit_target = 1.3,
           .recorded = 1.6,
           .start =
               [](Mode) {
                 return start(sheet_rows, sheet_columns, sheets,
                              [](const Tensor& x) { return sum(x, 1); });
               }},
          {.name = "column-sum",
           .title = "column sum 4096 x 1024",
           .limit = {.bytes = sheet, .reads_only = true},
           .limit_target = 1.3,
           .recorded = 1.8,
           .start = [](Mode) {
             return start(sheet_rows, sheet_columns, sheets,
                          [](const Tensor& x) { return sum(x, 0); });
           }}};
}

}  // namespace bench

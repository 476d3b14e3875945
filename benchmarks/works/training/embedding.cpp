// Steps of gradient descent on lookups in large tables.

#include <cinta/cinta.hpp>

#include "../data.hpp"
#include "../sizes.hpp"
#include "../work.hpp"

namespace bench {
namespace {

using namespace cinta;

Running start(const Lookup& size) {
  Tensor table = from_data(values(0, size.rows * lookup_width), {size.rows, lookup_width});
  table.requires_grad_();
  const Tensor target =
      from_data(values(1, lookup_count * lookup_width), {lookup_count, lookup_width});
  Tensors batches;
  for (int i = 0; i < lookup_batches; ++i)
    batches.push_back(
        from_data(ids(10 + std::uint64_t(i), lookup_count, size.rows), {lookup_count}));
  const auto sgd = std::make_shared<optim::SGD>(Tensors{table}, optim::SGDOptions{.lr = 10});
  const auto turn = std::make_shared<std::size_t>(0);
  const auto loss = std::make_shared<Tensor>();
  const auto step = [=] {
    sgd->zero_grad();
    const Tensor rows =
        embedding(table, batches[(*turn)++ % batches.size()], {.sparse = size.sparse});
    *loss = sum(square(rows - target)) * 1e-3;
    loss->backward();
    sgd->step();
  };
  const auto results = [=] { return std::vector<double>{loss->item(), sum(square(table)).item()}; };
  return {step, results, [=] { sgd->zero_grad(); }};
}

}  // namespace

Works embedding_works() {
  Works works;
  for (const Lookup& size : lookups) {
    const double row = 4.0 * lookup_width, rows = double(size.sparse ? lookup_count : size.rows);
    Work work;
    work.name = size.name;
    work.title = "embedding " + std::to_string(size.rows) + " x 64, 4096 lookups, " +
                 (size.sparse ? "row-sparse" : "dense") + " SGD";
    // Lookups read, the target read, the gradient written and read again, rows read and written.
    work.limit.bytes = row * (2 * double(lookup_count) + 4 * rows);
    work.peer_target = size.peer_target;
    work.recorded = size.recorded;
    work.start = [size](Mode) { return start(size); };
    works.push_back(std::move(work));
  }
  return works;
}

}  // namespace bench

// Factorizations: one large matrix forward, a batch of small ones forward and backward. A product
// of a sparse and a dense matrix.

#include "linalg.hpp"

#include <cinta/cinta.hpp>

#include "../work.hpp"

namespace bench {
namespace {

using namespace cinta;

// What does not depend on the signs of vectors.
Tensor factored(const std::string& name, const Tensor& a, const Tensor& b) {
  if (name == "cholesky") return cholesky(a);
  if (name == "solve") return solve(a, b);
  if (name == "qr") return square(qr(a).r);
  if (name == "eigh") return eigh(a).values;
  return svd(a).s;
}

Running start(const std::string& name, bool small) {
  const std::int64_t count = small ? small_count : 1, n = small ? small_matrix : large_matrix;
  const Tensor a = from_data(matrices_for(name, count, n), {count, n, n}).requires_grad_(small);
  const Tensor b = from_data(values(1, count * n), {count, n, 1});
  const auto result = std::make_shared<Tensor>();
  const auto clear = [=] {
    if (small) a.set_grad({});
  };
  const auto step = [=] {
    clear();
    *result = {};
    const Tensor y = factored(name, a, b);
    if (small) sum(square(y)).backward();
    *result = y.detach();
  };
  const auto results = [=] {
    std::vector<double> found{sum(abs(*result)).item()};
    if (small) found.push_back(sum(abs(a.grad())).item());
    return found;
  };
  return {step, results, clear};
}

Running start_sparse() {
  const SparseCsr a(from_data(graph_pointers(), {graph_nodes + 1}),
                    from_data(graph_columns(), {graph_nodes * graph_degree}),
                    from_data(values(3, graph_nodes * graph_degree), {graph_nodes * graph_degree}),
                    {graph_nodes, graph_nodes});
  const Tensor x =
      from_data(values(4, graph_nodes * graph_width), {graph_nodes, graph_width}).requires_grad_();
  const Tensor dy = from_data(values(5, graph_nodes * graph_width), {graph_nodes, graph_width});
  const auto y = std::make_shared<Tensor>();
  const auto clear = [=] { x.set_grad({}); };
  const auto step = [=] {
    clear();
    *y = {};
    *y = matmul(a, x);
    y->backward(dy);
  };
  const auto results = [=] {
    return std::vector<double>{sum(abs(y->detach())).item(), sum(abs(x.grad())).item()};
  };
  return {step, results, clear};
}

}  // namespace

Works linalg_works() {
  Works works;
  for (const std::string name : factorizations) {
    works.push_back({.name = name + "-large",
                     .title = name + " of 1024 x 1024",
                     .limit = {.lapack = name},
                     .limit_target = 1.1,
                     .start = [name](Mode) { return start(name, false); }});
    works.push_back({.name = name + "-small",
                     .title = name + " of 1,000 of 16 x 16, forward and backward",
                     // The matrices are read both ways, their gradient is written.
                     .limit = {.bytes = 3 * 4.0 * small_count * small_matrix * small_matrix},
                     .peer_target = 3,
                     .start = [name](Mode) { return start(name, true); }});
  }
  const double elements = double(graph_nodes * graph_degree),
               dense = double(graph_nodes * graph_width);
  works.push_back(
      {.name = "sparse",
       .title = "sparse 50,000 x 50,000 with 800,000 elements times 64 columns, forward "
                "and backward",
       // Each element reads its row of x, and of dy on the way back: so many rows at
       // random, of a table that no core's own cache holds, however often one comes.
       // Besides them values and columns each way, the order by columns, and the
       // results.
       .limit = {.bytes = (2 * (4 + 8) + 8) * elements + 2 * 4 * dense,
                 .gathers = {{graph_nodes, graph_width, graph_nodes * graph_degree, 2}}},
       .peer_target = 1,
       .start = [](Mode) { return start_sparse(); }});
  return works;
}

}  // namespace bench

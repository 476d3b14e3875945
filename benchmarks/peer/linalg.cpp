#include "linalg.hpp"

#include "tensors.hpp"
#include "works/linalg/linalg.hpp"

namespace bench {
namespace {

using torch::Tensor;

Tensor factored(const std::string& name, const Tensor& a, const Tensor& b) {
  if (name == "cholesky") return at::linalg_cholesky(a);
  if (name == "solve") return at::linalg_solve(a, b);
  if (name == "qr") return std::get<1>(at::linalg_qr(a)).square();
  if (name == "eigh") return std::get<0>(at::linalg_eigh(a));
  return std::get<1>(at::linalg_svd(a, false));
}

Running start(const std::string& name, bool small) {
  const std::int64_t count = small ? small_count : 1, n = small ? small_matrix : large_matrix;
  const Tensor a = tensor(matrices_for(name, count, n), {count, n, n}).requires_grad_(small);
  const Tensor b = tensor(values(1, count * n), {count, n, 1});
  const auto result = std::make_shared<Tensor>();
  const auto clear = [=] {
    if (small) a.mutable_grad() = Tensor();
  };
  const auto step = [=] {
    clear();
    *result = Tensor();
    const Tensor y = factored(name, a, b);
    if (small) y.square().sum().backward();
    *result = y.detach();
  };
  const auto results = [=] {
    std::vector<double> found{number(result->abs().sum())};
    if (small) found.push_back(number(a.grad().abs().sum()));
    return found;
  };
  return {step, results, clear};
}

Running start_sparse() {
  const Tensor a = torch::sparse_csr_tensor(
      tensor(graph_pointers(), {graph_nodes + 1}),
      tensor(graph_columns(), {graph_nodes * graph_degree}),
      tensor(values(3, graph_nodes * graph_degree), {graph_nodes * graph_degree}),
      {graph_nodes, graph_nodes}, torch::kFloat32);
  const Tensor x =
      tensor(values(4, graph_nodes * graph_width), {graph_nodes, graph_width}).requires_grad_();
  const Tensor dy = tensor(values(5, graph_nodes * graph_width), {graph_nodes, graph_width});
  const auto y = std::make_shared<Tensor>();
  const auto clear = [=] { x.mutable_grad() = Tensor(); };
  const auto step = [=] {
    clear();
    *y = Tensor();
    *y = a.matmul(x);
    y->backward(dy);
  };
  const auto results = [=] {
    return std::vector<double>{number(y->detach().abs().sum()), number(x.grad().abs().sum())};
  };
  return {step, results, clear};
}

}  // namespace

std::optional<Running> start_linalg(const std::string& name) {
  for (const std::string factorization : factorizations)
    for (const bool small : {false, true})
      if (name == factorization + (small ? "-small" : "-large")) return start(factorization, small);
  if (name == "sparse") return start_sparse();
  return {};
}

}  // namespace bench

// Parameters of a module as one vector, and second derivatives by it.

#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

double largest(const Tensor& x) { return max(abs(x)).item(); }

}  // namespace

TEST_CASE("parameters to a vector and back") {
  nn::Linear net(3, 2);
  const Tensor vector = nn::parameters_to_vector(net);
  CHECK(vector.shape() == Shape{8});
  const NamedTensors parts = nn::vector_to_parameters(net, vector);
  CHECK(parts.size() == 2);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CHECK(parts[i].first == net.named_parameters()[i].first);
    CHECK(largest(parts[i].second - net.named_parameters()[i].second) == 0);
  }
  // Gradients go through it in both directions.
  sum(vector * arange(8)).backward();
  CHECK(net.named_parameters()[1].second.grad()(1).item() == 7);
  const Tensor free = zeros({8}).requires_grad_(), x = ones({1, 3});
  sum(nn::functional_call(net, nn::vector_to_parameters(net, free), x)).backward();
  CHECK(largest(free.grad() - ones({8})) == 0);
  CHECK(error_of([&] {
          nn::vector_to_parameters(net, zeros({7}));
        }).find("vector_to_parameters: the parameters need (8,), got (7,)") == 0);
}

TEST_CASE("hessian and hvp of a module") {
  nn::Linear net(3, 1);
  const Tensor x = randn({10, 3}), y = randn({10, 1});
  const auto loss = [&] { return 0.5 * sum(square(net(x) - y)); };
  // Of a linear regression: the products of the columns, and of ones for the bias.
  const Tensor columns = cat({x, ones({10, 1})}, 1);
  const Tensor h = nn::hessian(net, loss), v = randn({4});
  CHECK(largest(h - matmul(transpose(columns), columns)) < 1e-4);
  CHECK(largest(nn::hvp(net, loss, v) - matmul(h, v)) < 1e-4);
}

// Training steps of multi-layer perceptrons.

#include <cinta/cinta.hpp>

#include "../data.hpp"
#include "../sizes.hpp"
#include "../work.hpp"

namespace bench {
namespace {

using namespace cinta;

struct Net : nn::Module {
  Net(const Mlp& size, double dropout) : drop(dropout) {
    const NoGrad no_grad;  // the parameters are overwritten
    for (std::size_t i = 0; i + 1 < size.widths.size(); ++i) {
      const std::int64_t in = size.widths[i], out = size.widths[i + 1];
      layers.push_back(add(std::to_string(i), nn::Linear(in, out)));
      const double bound = 1 / std::sqrt(double(in));
      copy_(layers.back().weight, from_data(values(100 + i, in * out, bound), {out, in}));
      copy_(layers.back().bias, from_data(values(200 + i, out, bound), {out}));
    }
  }

  Tensor forward(const Tensor& input) const {
    Tensor x = input;  // an argument by value would live until the caller's statement ends
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
      x = relu(layers[i](x));
      if (drop > 0) x = dropout(x, drop, true);
    }
    return layers.back()(x);
  }

  std::vector<nn::Linear> layers;
  double drop;
};

Running start(const Mlp& size, Mode mode) {
  const Net net(size, mode == Mode::check ? 0 : size.dropout);
  const Tensor x =
      from_data(values(0, size.batch * size.widths.front()), {size.batch, size.widths.front()});
  const Tensor labels = from_data(ids(1, size.batch, size.widths.back()), {size.batch});
  const auto adam = std::make_shared<optim::Adam>(net.parameters());
  const auto step = [=] {
    adam->zero_grad();
    cross_entropy(net.forward(x), labels).backward();
    adam->step();
  };
  const auto results = [=] {
    std::vector<double> numbers{cross_entropy(net.forward(x), labels).item()};
    for (const Tensor& parameter : net.parameters()) {
      numbers.push_back(sum(abs(parameter)).item());
      numbers.push_back(sum(abs(parameter.grad())).item());
    }
    return numbers;
  };
  return {step, results, [=] { adam->zero_grad(); }};
}

}  // namespace

Works mlp_works() {
  Works works;
  for (const Mlp& size : mlps()) {
    Limit limit;
    double weights = 0, kept = 0;
    std::string title = "MLP ";
    for (std::size_t i = 0; i + 1 < size.widths.size(); ++i) {
      const std::int64_t in = size.widths[i], out = size.widths[i + 1];
      title += (i ? "-" : "") + std::to_string(in);
      weights += double(in * out + out);
      if (i > 0) kept += double(size.batch * in);
      limit.products.push_back({size.batch, out, in});             // forward
      limit.products.push_back({out, in, size.batch});             // the weight's gradient
      if (i > 0) limit.products.push_back({size.batch, in, out});  // the input's
    }
    title += "-" + std::to_string(size.widths.back());
    if (size.widths.size() > 6) title = "MLP 16 layers of " + std::to_string(size.widths[0]);
    limit.bytes = 4 * 7 * weights;  // Adam reads four arrays and writes three
    works.push_back({.name = size.name,
                     .title = title + ", batch " + std::to_string(size.batch) +
                              (size.dropout > 0 ? ", dropout, Adam" : ", Adam"),
                     .limit = limit,
                     .peer_target = size.peer_target,
                     .limit_target = size.limit_target,
                     .recorded = size.recorded,
                     .must_save = weights > 1e5 ? 4 * (weights + kept) : 0,
                     .start = [size](Mode mode) { return start(size, mode); }});
  }
  return works;
}

}  // namespace bench

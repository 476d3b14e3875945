// The embedding exercise end to end: one epoch of training on the diamonds, and the validation.

#include <cinta/cinta.hpp>

#include "../data.hpp"
#include "../work.hpp"
#include "diamonds.hpp"

namespace bench {
namespace {

using namespace cinta;

struct Net : nn::Module {
  Net(const Diamonds& data, double p) : drop(p) {
    std::uint64_t stream = 100;
    const NoGrad no_grad;  // the parameters are overwritten
    const auto set = [&](const Tensor& parameter, double bound) {
      copy_(parameter, from_data(values(stream++, parameter.numel(), bound), parameter.shape()));
    };
    for (std::size_t k = 0; k < data.classes.size(); ++k) {
      tables.push_back(
          add("table" + std::to_string(k), nn::Embedding(data.classes[k], Diamonds::embedding)));
      set(tables.back().weight, 1);
    }
    std::int64_t in = Diamonds::numbers + Diamonds::categories * Diamonds::embedding;
    for (const std::int64_t out : {Diamonds::hidden[0], Diamonds::hidden[1], std::int64_t{1}}) {
      layers.push_back(add("layer" + std::to_string(layers.size()), nn::Linear(in, out)));
      set(layers.back().weight, 1 / std::sqrt(double(in)));
      set(layers.back().bias, 1 / std::sqrt(double(in)));
      in = out;
    }
  }

  Tensor forward(const Tensor& numbers, const Tensor& ids) const {
    Tensors parts{numbers};
    for (std::size_t k = 0; k < tables.size(); ++k)
      parts.push_back(tables[k](select(ids, 1, std::int64_t(k))));
    Tensor x = cat(parts, 1);
    for (std::size_t i = 0; i < 2; ++i) x = dropout(relu(layers[i](x)), drop, is_training());
    return layers[2](x);
  }

  std::vector<nn::Embedding> tables;
  std::vector<nn::Linear> layers;
  double drop;
};

Running start(Mode mode) {
  const Diamonds data = read_diamonds(CINTA_SOURCE_DIR "/examples/data/diamonds.csv");
  const Tensor x = from_data(data.x, {data.rows, Diamonds::numbers});
  const Tensor ids = from_data(data.ids, {data.rows, Diamonds::categories});
  const Tensor y = from_data(data.y, {data.rows, 1});
  const std::int64_t train_rows = data.train_rows, rows = train_rows + data.validation_rows;
  const Net net(data, mode == Mode::check ? 0 : Diamonds::dropout);
  const auto adam =
      std::make_shared<optim::Adam>(net.parameters(), optim::AdamOptions{.lr = Diamonds::lr});
  const auto epoch = std::make_shared<std::uint64_t>(0);
  const auto validation = std::make_shared<double>(0);
  const auto step = [=] {
    net.train();
    const Tensor order = from_data(shuffled(train_rows, ++*epoch), {train_rows});
    double total = 0;
    for (std::int64_t first = 0; first < train_rows; first += Diamonds::batch) {
      const Tensor batch = slice(order, 0, first, first + Diamonds::batch);
      adam->zero_grad();
      const Tensor loss =
          mse_loss(net.forward(index_select(x, 0, batch), index_select(ids, 0, batch)),
                   index_select(y, 0, batch));
      loss.backward();
      adam->step();
      total += loss.item();
    }
    net.eval();
    const NoGrad no_grad;
    *validation =
        mse_loss(net.forward(slice(x, 0, train_rows, rows), slice(ids, 0, train_rows, rows)),
                 slice(y, 0, train_rows, rows))
            .item();
  };
  return {step, [=] { return std::vector<double>{*validation}; }, [=] { adam->zero_grad(); }};
}

}  // namespace

Works exercise_works() {
  constexpr std::int64_t batch = Diamonds::batch, in = Diamonds::numbers + 12,
                         wide = Diamonds::hidden[0], narrow = Diamonds::hidden[1];
  constexpr int batches = 148;
  return {{.name = "exercise",
           .title = "embedding exercise on diamonds, an epoch of batches of 256, validation",
           // Forward, and the gradients of the weights and of the inputs.
           .limit = {.products = {{batch, wide, in, 3 * batches},
                                  {batch, narrow, wide, 3 * batches},
                                  {batch, 1, narrow, 3 * batches}}},
           .peer_target = 3,
           .recorded = 2.1,
           .start = [](Mode mode) { return start(mode); }}};
}

}  // namespace bench

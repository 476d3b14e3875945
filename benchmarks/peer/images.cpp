#include "images.hpp"

#include <cmath>
#include <memory>

#include "tensors.hpp"
#include "works/data.hpp"
#include "works/sizes.hpp"

namespace bench {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

Tensor parameter(std::uint64_t stream, const std::vector<std::int64_t>& shape, double bound) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  const Tensor x = tensor(values(stream, count, bound), shape);
  x.set_requires_grad(true);
  return x;
}

Tensor images(std::uint64_t stream, const Images& size) {
  return tensor(values(stream, size.numel()), {size.batch, size.channels, size.side, size.side});
}

void clear(const std::vector<Tensor>& leaves) {
  for (const Tensor& leaf : leaves) leaf.mutable_grad() = Tensor();
}

std::vector<double> gradients(const Tensor& y, const std::vector<Tensor>& leaves) {
  std::vector<double> found{number(y.abs().sum())};
  for (const Tensor& leaf : leaves) found.push_back(number(leaf.grad().abs().sum()));
  return found;
}

std::vector<Tensor> cnn_parameters() {
  std::vector<Tensor> all;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t in = cnn_channels[i], out = cnn_channels[i + 1];
    all.push_back(parameter(100 + i, {out, in, 3, 3}, 1 / std::sqrt(double(9 * in))));
    all.push_back(parameter(200 + i, {out}, 0.1));
  }
  all.push_back(parameter(102, {cnn_classes, cnn_features}, 1 / std::sqrt(double(cnn_features))));
  all.push_back(parameter(202, {cnn_classes}, 0.1));
  return all;
}

Tensor cnn(const Tensor& x, const std::vector<Tensor>& p) {
  Tensor y = x;
  for (std::size_t i = 0; i < 4; i += 2)
    y = torch::max_pool2d(torch::relu(torch::conv2d(y, p[i], p[i + 1], 1, 1)), 2);
  return F::linear(y.flatten(1), p[4], p[5]);
}

Running train_cnn() {
  const std::vector<Tensor> p = cnn_parameters();
  const Tensor x = images(0, cnn_images),
               labels = tensor(ids(1, cnn_images.batch, cnn_classes), {cnn_images.batch});
  const auto adam = std::make_shared<torch::optim::Adam>(p);
  const auto step = [=] {
    clear(p);
    F::cross_entropy(cnn(x, p), labels).backward();
    adam->step();
  };
  return {step, [=] { return gradients(cnn(x, p), p); }, [=] { clear(p); }};
}

Running answer_cnn() {
  const std::vector<Tensor> p = cnn_parameters();
  const Tensor x = images(0, {1, cnn_images.channels, cnn_images.side});
  const auto y = std::make_shared<Tensor>();
  const auto step = [=] {
    const torch::NoGradGuard no_grad;
    *y = cnn(x, p);
  };
  return {step, [=] { return std::vector<double>{number(y->abs().sum())}; }};
}

// A step of forward and backward of f(x, parameters).
template <class Function>
Running block(const Images& size, std::vector<Tensor> leaves, Function f) {
  const Tensor x = images(0, size);
  x.set_requires_grad(true);
  const auto dy = std::make_shared<Tensor>();
  const auto y = std::make_shared<Tensor>();
  leaves.push_back(x);
  const auto step = [=] {
    clear(leaves);
    *y = Tensor();
    const Tensor result = f(x, leaves);
    if (!dy->defined()) {
      *dy = tensor(values(1, result.numel()), result.sizes().vec());
    }
    result.backward(*dy);
    *y = result.detach();
  };
  return {step, [=] { return gradients(*y, leaves); }, [=] { clear(leaves); }};
}

Tensor normed(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return torch::batch_norm(x, weight, bias, {}, {}, true, 0.1, 1e-5, true);
}

}  // namespace

std::optional<Running> start_images(const std::string& name) {
  if (name == "cnn") return train_cnn();
  if (name == "cnn-batch-1") return answer_cnn();
  const std::int64_t c = depthwise_images.channels;
  const auto scale = [](std::uint64_t stream, std::int64_t channels) {
    return parameter(stream, {channels}, 1);
  };
  if (name == "conv-depthwise") {
    return block(depthwise_images,
                 {parameter(100, {c, 1, 3, 3}, 0.3), parameter(101, {c, c, 1, 1}, 0.1)},
                 [c](const Tensor& x, const std::vector<Tensor>& p) {
                   const Tensor y = torch::relu(torch::conv2d(x, p[0], {}, 1, 1, 1, c));
                   return torch::relu(torch::conv2d(y, p[1]));
                 });
  }
  if (name == "conv-block") {
    return block(residual_images,
                 {parameter(100, {c, c, 3, 3}, 0.04), parameter(101, {c, c, 3, 3}, 0.04),
                  scale(102, c), scale(103, c), scale(104, c), scale(105, c)},
                 [](const Tensor& x, const std::vector<Tensor>& p) {
                   const Tensor y =
                       torch::relu(normed(torch::conv2d(x, p[0], {}, 1, 1), p[2], p[3]));
                   return torch::relu(normed(torch::conv2d(y, p[1], {}, 1, 1), p[4], p[5]) + x);
                 });
  }
  if (name == "batch-norm") {
    return block(
        plane_images, {scale(100, c), scale(101, c)},
        [](const Tensor& x, const std::vector<Tensor>& p) { return normed(x, p[0], p[1]); });
  }
  if (name == "max-pool") {
    return block(plane_images, {}, [](const Tensor& x, const std::vector<Tensor>&) {
      return torch::max_pool2d(x, 2);
    });
  }
  return std::nullopt;
}

}  // namespace bench

// Convolutions, pools and norms of images.

#include <cinta/cinta.hpp>
#include <cmath>

#include "data.hpp"
#include "sizes.hpp"
#include "work.hpp"

namespace bench {
namespace {

using namespace cinta;

Tensor parameter(std::uint64_t stream, const Shape& shape, double bound) {
  return from_data(values(stream, shape.numel(), bound), shape).requires_grad_();
}

Tensor images(std::uint64_t stream, const Images& size) {
  return from_data(values(stream, size.numel()), {size.batch, size.channels, size.side, size.side});
}

void clear(const Tensors& leaves) {
  for (const Tensor& leaf : leaves) leaf.set_grad({});
}

std::vector<double> gradients(const Tensor& y, const Tensors& leaves) {
  std::vector<double> found{sum(abs(y)).item()};
  for (const Tensor& leaf : leaves) found.push_back(sum(abs(leaf.grad())).item());
  return found;
}

Tensors cnn_parameters() {
  Tensors all;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t in = cnn_channels[i], out = cnn_channels[i + 1];
    all.push_back(parameter(100 + i, {out, in, 3, 3}, 1 / std::sqrt(double(9 * in))));
    all.push_back(parameter(200 + i, {out}, 0.1));
  }
  all.push_back(parameter(102, {cnn_classes, cnn_features}, 1 / std::sqrt(double(cnn_features))));
  all.push_back(parameter(202, {cnn_classes}, 0.1));
  return all;
}

Tensor cnn(const Tensor& x, const Tensors& p) {
  const Tensor first = max_pool2d(relu(conv2d(x, p[0], p[1], {.padding = 1})), 2);
  const Tensor second = max_pool2d(relu(conv2d(first, p[2], p[3], {.padding = 1})), 2);
  return linear(flatten(second, 1), p[4], p[5]);
}

Running train_cnn() {
  const Tensors p = cnn_parameters();
  const Tensor x = images(0, cnn_images),
               labels = from_data(ids(1, cnn_images.batch, cnn_classes), {cnn_images.batch});
  const auto adam = std::make_shared<optim::Adam>(p);
  const auto step = [=] {
    adam->zero_grad();
    cross_entropy(cnn(x, p), labels).backward();
    adam->step();
  };
  return {step, [=] { return gradients(cnn(x, p), p); }, [=] { adam->zero_grad(); }};
}

Running answer_cnn() {
  const Tensors p = cnn_parameters();
  const Tensor x = images(0, {1, cnn_images.channels, cnn_images.side});
  const auto y = std::make_shared<Tensor>();
  const auto step = [=] {
    const NoGrad constants;
    *y = cnn(x, p);
  };
  return {step, [=] { return std::vector<double>{sum(abs(*y)).item()}; }};
}

// A step of forward and backward of f(x, parameters).
template <class Function>
Running block(const Images& size, Tensors leaves, Function f) {
  const Tensor x = images(0, size).requires_grad_();
  const auto y = std::make_shared<Tensor>(), dy = std::make_shared<Tensor>();
  leaves.push_back(x);
  const auto step = [=] {
    clear(leaves);
    *y = {};
    const Tensor result = f(x, leaves);
    if (!dy->defined()) *dy = from_data(values(1, result.numel()), result.shape());
    result.backward(*dy);
    *y = result.detach();
  };
  return {step, [=] { return gradients(*y, leaves); }, [=] { clear(leaves); }};
}

Running start_depthwise() {
  const std::int64_t c = depthwise_images.channels;
  return block(depthwise_images,
               {parameter(100, {c, 1, 3, 3}, 0.3), parameter(101, {c, c, 1, 1}, 0.1)},
               [c](const Tensor& x, const Tensors& p) {
                 const Tensor y = relu(conv2d(x, p[0], {}, {.padding = 1, .groups = c}));
                 return relu(conv2d(y, p[1]));
               });
}

Tensor normed(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return batch_norm(x, {}, {}, weight, bias, {.training = true});
}

Running start_residual() {
  const std::int64_t c = residual_images.channels;
  return block(residual_images,
               {parameter(100, {c, c, 3, 3}, 0.04), parameter(101, {c, c, 3, 3}, 0.04),
                parameter(102, {c}, 1), parameter(103, {c}, 1), parameter(104, {c}, 1),
                parameter(105, {c}, 1)},
               [](const Tensor& x, const Tensors& p) {
                 const Tensor y = relu(normed(conv2d(x, p[0], {}, {.padding = 1}), p[2], p[3]));
                 return relu(normed(conv2d(y, p[1], {}, {.padding = 1}), p[4], p[5]) + x);
               });
}

Running start_batch_norm() {
  const std::int64_t c = plane_images.channels;
  return block(plane_images, {parameter(100, {c}, 1), parameter(101, {c}, 1)},
               [](const Tensor& x, const Tensors& p) { return normed(x, p[0], p[1]); });
}

Running start_max_pool() {
  return block(plane_images, {}, [](const Tensor& x, const Tensors&) { return max_pool2d(x, 2); });
}

// The products of a convolution, which its gradients have once more each.
void add(Limit& limit, std::int64_t batch, std::int64_t out, std::int64_t places,
         std::int64_t terms, int times) {
  limit.products.push_back({out, batch * places, terms, times});
}

}  // namespace

Works conv_works() {
  constexpr std::int64_t side = cnn_images.side, batch = cnn_images.batch;
  const auto bytes = [](const Images& size, double times) {
    return 4 * times * double(size.numel());
  };
  Limit training, answer;
  // The first layer's input has no gradient.
  add(training, batch, 32, side * side, 9, 2);
  add(training, batch, 64, side * side / 4, 9 * 32, 3);
  add(training, batch, cnn_classes, 1, cnn_features, 3);
  add(answer, 1, 32, side * side, 9, 1);
  add(answer, 1, 64, side * side / 4, 9 * 32, 1);
  add(answer, 1, cnn_classes, 1, cnn_features, 1);
  // Both layers' results and their slopes go through memory.
  training.bytes = 6 * 4.0 * batch * side * side * (32 + 64 / 4);

  const std::int64_t places = depthwise_images.side * depthwise_images.side, c = 64;
  Limit depthwise, residual;
  add(depthwise, depthwise_images.batch, c, places, c, 3);
  depthwise.bytes = bytes(depthwise_images, 10);
  add(residual, residual_images.batch, c, places, 9 * c, 6);
  residual.bytes = bytes(residual_images, 16);
  return {{.name = "cnn",
           .title = "CNN of 32 and 64 channels, 28 x 28, batch 64, Adam",
           .limit = training,
           .peer_target = 1.3,
           .limit_target = 1.3,
           .start = [](Mode) { return train_cnn(); }},
          {.name = "cnn-batch-1",
           .title = "the same CNN on one image, forward",
           .limit = answer,
           .peer_target = 4,
           .start = [](Mode) { return answer_cnn(); }},
          {.name = "conv-depthwise",
           .title = "3 x 3 by depth and pointwise, 16 x 64 x 56 x 56, forward and backward",
           .limit = depthwise,
           .peer_target = 1.3,
           .limit_target = 1.3,
           .start = [](Mode) { return start_depthwise(); }},
          {.name = "conv-block",
           .title = "residual block 8 x 64 x 56 x 56, forward and backward",
           .limit = residual,
           .peer_target = 1.3,
           .limit_target = 1.3,
           .start = [](Mode) { return start_residual(); }},
          {.name = "batch-norm",
           .title = "batch norm 64 x 64 x 56 x 56, forward and backward",
           .limit = {.bytes = bytes(plane_images, 5)},
           .peer_target = 1.3,
           .limit_target = 1.3,
           .start = [](Mode) { return start_batch_norm(); }},
          {.name = "max-pool",
           .title = "max pool by 2, 64 x 64 x 56 x 56, forward and backward",
           .limit = {.bytes = bytes(plane_images, 2 + 4 * 0.25)},
           .peer_target = 1.3,
           .limit_target = 1.3,
           .start = [](Mode) { return start_max_pool(); }}};
}

}  // namespace bench

// Layers over spatial axes: names, shapes, starts, what PyTorch and others got wrong.

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

#include <cinta/cinta.hpp>
#include <cmath>

namespace {

using namespace cinta;
using Catch::Matchers::StartsWith;

std::vector<double> numbers(const Tensor& x) { return to(x, float64).to_vector<double>(); }

Tensor signal(std::vector<float> values) {
  return from_data(values, {1, 1, std::int64_t(values.size())});
}

double largest(const Tensor& x) { return double(max(abs(x)).item()); }

TEST_CASE("\"same\" puts the odd zero at the end") {
  const Tensor y = conv1d(signal({1, 2, 3, 4}), signal({1, 10}), {}, {.padding = "same"});
  CHECK(numbers(y) == std::vector<double>{21, 32, 43, 4});
}

TEST_CASE("output_padding adds places with their own sums") {
  const Tensor y = conv_transpose1d(signal({1, 2, 3}), signal({1, 10, 100}), {},
                                    {.stride = 2, .padding = 1, .output_padding = 1});
  CHECK(numbers(y) == std::vector<double>{10, 102, 20, 203, 30, 300});
}

TEST_CASE("no images give weights and bias a gradient of zeros") {
  for (const std::int64_t out : {2, 20}) {
    for (const int threads : {1, 2}) {
      set_num_threads(threads);
      const Tensor w = ones({out, 2, 3, 3}).requires_grad_(), b = ones({out}).requires_grad_();
      const Tensor y = conv2d(zeros({0, 2, 5, 5}), w, b);
      CHECK(y.shape() == Shape{0, out, 3, 3});
      sum(y).backward();
      CHECK(largest(w.grad()) == 0);
      CHECK(largest(b.grad()) == 0);
      CHECK(w.grad().shape() == w.shape());
    }
  }
}

TEST_CASE("gradients of grouped weights have their own shape and values") {
  for (const std::int64_t multiplier : {1, 2}) {
    const Tensor x = uniform({2, 4, 6, 5}, -1, 1, float64).requires_grad_();
    const Tensor w = uniform({4 * multiplier, 1, 3, 2}, -1, 1, float64).requires_grad_();
    const auto f = [](const Tensors& in) {
      return conv2d(in[0], in[1], {}, {.stride = 2, .padding = 1, .dilation = 2, .groups = 4});
    };
    CHECK(check_gradients(f, {x, w}));
  }
}

TEST_CASE("convolutions have PyTorch's shapes and start") {
  const nn::Conv2d conv(8, 12, {3, 5}, {.groups = 4});
  CHECK(conv.weight.shape() == Shape{12, 2, 3, 5});
  CHECK(conv.bias.shape() == Shape{12});
  CHECK(largest(conv.weight) <= 1 / std::sqrt(30.0));
  CHECK(largest(conv.weight) > 0.9 / std::sqrt(30.0));
  CHECK(largest(conv.bias) <= 1 / std::sqrt(30.0));
  CHECK(conv(zeros({2, 8, 9, 9})).shape() == Shape{2, 12, 7, 5});
  CHECK(nn::Conv1d(2, 3, 4, {.bias = false}).parameters().size() == 1);
  CHECK(nn::Conv3d(1, 2, 3, {.padding = "same"})(zeros({1, 4, 5, 6})).shape() == Shape{2, 4, 5, 6});

  // fan_in is that of the weight as it lies: 6 * 3 * 3, not 8.
  const nn::ConvTranspose2d back(8, 12, 3, {.stride = 2, .output_padding = 1, .groups = 2});
  CHECK(back.weight.shape() == Shape{8, 6, 3, 3});
  CHECK(largest(back.weight) <= 1 / std::sqrt(54.0));
  CHECK(largest(back.weight) > 0.9 / std::sqrt(54.0));
  CHECK(back(zeros({2, 8, 4, 4})).shape() == Shape{2, 12, 10, 10});
  CHECK(nn::ConvTranspose1d(2, 3, 4)(zeros({2, 5})).shape() == Shape{3, 8});
  CHECK(nn::ConvTranspose3d(1, 1, 2)(zeros({1, 1, 1, 1})).shape() == Shape{1, 2, 2, 2});

  CHECK_THAT(error_of([] { nn::Conv2d(3, 4, 3, {.groups = 2}); }),
             StartsWith("Conv2d: 2 groups do not divide 3 and 4 channels ["));
  CHECK_THAT(error_of([] { nn::Conv2d(0, 4, 3); }),
             StartsWith("Conv2d: sizes must be positive, got in 0, out 4, groups 1 ["));
  CHECK_THAT(error_of([] {
               nn::Conv1d(3, 4, {3, 3});
             }),
             StartsWith("Conv1d: kernel_size must be one number or 1, got (3, 3) ["));
  CHECK_THAT(error_of([] { nn::ConvTranspose3d(3, 4, 0); }),
             StartsWith("ConvTranspose3d: kernel_size must be positive, got 0 ["));
}

TEST_CASE("gradients of layers over spatial axes are right") {
  struct Net : nn::Module {
    nn::Conv2d first = add("first", nn::Conv2d(2, 4, 3, {.padding = 1, .dtype = float64}));
    nn::Conv2d by_depth =
        add("by_depth", nn::Conv2d(4, 4, 3, {.stride = 2, .groups = 4, .dtype = float64}));
    nn::ConvTranspose2d back =
        add("back", nn::ConvTranspose2d(4, 2, 2, {.stride = 2, .dtype = float64}));
    Tensor operator()(const Tensor& x) const { return back(tanh(by_depth(tanh(first(x))))); }
  };
  const Net net;
  CHECK(nn::check_gradients(net, {uniform({2, 2, 5, 6}, -1, 1, float64)}));
}

}  // namespace

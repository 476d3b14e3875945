// Layers over spatial axes: names, shapes, starts, what PyTorch and others got wrong.

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

#include <cinta/cinta.hpp>
#include <cmath>
#include <limits>

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

// Numbers are those of torch 2.13's ConvTranspose1d and its output_size.
TEST_CASE("a transposed convolution gives the size that it is called with") {
  const nn::ConvTranspose1d up(1, 1, 3,
                               {.stride = 2, .padding = 1, .output_padding = 1, .bias = false});
  {
    const NoGrad values;
    copy_(up.weight, signal({1, 10, 100}));
  }
  const Tensor x = signal({1, 2, 3});
  CHECK(numbers(up(x, 5)) == std::vector<double>{10, 102, 20, 203, 30});
  CHECK(numbers(up(x, 6)) == std::vector<double>{10, 102, 20, 203, 30, 300});
  CHECK(numbers(up(x, 6)) == numbers(up(x)));
  CHECK_THAT(error_of([&] { up(x, 7); }),
             StartsWith("conv_transpose1d: x float32 (1, 1, 3), weight float32 (1, 1, 3): "
                        "output_size must be from 5 to 6 along spatial axis 0, got 7 ["));

  // Back to what a convolution rounded down.
  const nn::Conv2d down(3, 4, 3, {.stride = {3, 2}, .padding = 1});
  const nn::ConvTranspose2d back(4, 3, 3, {.stride = {3, 2}, .padding = 1});
  for (const std::int64_t height : {7, 8, 9}) {
    for (const std::int64_t width : {9, 10}) {
      const Tensor image = ones({2, 3, height, width});
      CHECK(back(down(image), image.shape()).shape() == image.shape());
      CHECK(back(down(image), {height, width}).shape() == image.shape());
    }
  }
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

TEST_CASE("ceil_mode has no window that begins in the padding behind") {
  const Tensor x = signal({1, 2, 3, 4, 5});
  CHECK(max_pool1d(x, 2, {.stride = 2, .padding = 1, .ceil_mode = true}).shape() == Shape{1, 1, 3});
  // What reaches beyond the input is in no divisor.
  CHECK(numbers(avg_pool1d(x, 2, {.stride = 2, .ceil_mode = true})) ==
        std::vector<double>{1.5, 3.5, 5});
}

TEST_CASE("max pools: NaN wins, ties go to the first, windows of -inf have a place") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const auto found =
      max_pool1d_with_indices(signal({1, nan, 2, nan, 3, 3, -inf, -inf, inf, inf, -inf, 0}), 2);
  CHECK(std::isnan(numbers(found.values)[0]));
  CHECK(std::isnan(numbers(found.values)[1]));
  CHECK(found.indices.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 3, 4, 6, 8, 11});

  const Tensor x = signal({2, 2, 2, -inf, -inf}).requires_grad_();
  sum(max_pool1d(x, 2, {.stride = 1})).backward();
  CHECK(numbers(x.grad()) == std::vector<double>{1, 1, 1, 1, 0});

  // Of a window that begins in the padding the first element within counts.
  const auto padded = max_pool1d_with_indices(signal({-inf, -inf, -inf}), 2, {.padding = 1});
  CHECK(padded.indices.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1});
}

// Results of 16 MiB and more go around the caches.
TEST_CASE("a max pool of many planes is that of some of them") {
  const auto pooled = [](const Tensor& part) {
    const Tensor x = part.detach().requires_grad_();
    const auto found = max_pool2d_with_indices(x, 2);
    found.values.backward(2 * found.values.detach());
    return Tensors{found.values.detach(), found.indices, x.grad()};
  };
  manual_seed(3);
  const Tensor x = randn({15, 100, 64, 64});
  const Tensors whole = pooled(x);
  for (std::int64_t i = 0; i < 15; i += 7) {
    const Tensors some = pooled(slice(x, 0, i, i + 1));
    for (std::size_t k = 0; k < 3; ++k)
      CHECK(all(eq(slice(whole[k], 0, i, i + 1), some[k])).item<bool>());
  }
}

TEST_CASE("lp pools have slope 0 where all is 0") {
  const Tensor x = signal({0, 0, 3, 4}).requires_grad_();
  sum(lp_pool1d(x, 2, 2)).backward();
  const std::vector<double> slopes = numbers(x.grad());
  CHECK(slopes[0] == 0);
  CHECK(slopes[1] == 0);
  CHECK_THAT(slopes[2], Catch::Matchers::WithinAbs(0.6, 1e-6));
}

TEST_CASE("unpooling puts the largest elements back") {
  const nn::MaxPool2d pool(2);
  const Tensor x = uniform({2, 3, 4, 6}, 0, 1);
  const ValuesAndIndices found = pool.with_indices(x);
  const Tensor back = nn::MaxUnpool2d(2)(found.values, found.indices);
  CHECK(back.shape() == x.shape());
  CHECK(numbers(pool(back)) == numbers(found.values));
  CHECK_THAT(double(sum(back).item()),
             Catch::Matchers::WithinAbs(double(sum(found.values).item()), 1e-4));
}

TEST_CASE("pools as layers are the functions") {
  const Tensor x = uniform({2, 3, 8, 6}, -1, 1);
  CHECK(numbers(nn::MaxPool2d(3, {.stride = 2, .padding = 1})(x)) ==
        numbers(max_pool2d(x, 3, {.stride = 2, .padding = 1})));
  CHECK(numbers(nn::AvgPool2d({2, 3})(x)) == numbers(avg_pool2d(x, {2, 3})));
  CHECK(numbers(nn::LPPool2d(2, 2)(x)) == numbers(lp_pool2d(x, 2, 2)));
  CHECK(numbers(nn::AdaptiveAvgPool2d(1)(x)) == numbers(adaptive_avg_pool2d(x, 1)));
  CHECK(numbers(nn::AdaptiveMaxPool2d({3, 2})(x)) == numbers(adaptive_max_pool2d(x, {3, 2})));
}

// Numbers are those of torch 2.13, whose size is (None, 2) or (1, None).
TEST_CASE("adaptive pools leave an axis of size -1 as it is") {
  const Tensor x = from_data<double>({0, 4, 2, 6, 1, 5, 3, 9, 8}, {1, 3, 3});
  const Tensor means = nn::AdaptiveAvgPool2d({-1, 2})(x);
  CHECK(means.shape() == Shape{1, 3, 2});
  CHECK(numbers(means) == std::vector<double>{2, 3, 3.5, 3, 6, 8.5});
  const ValuesAndIndices found = nn::AdaptiveMaxPool2d({1, -1}).with_indices(x);
  CHECK(numbers(found.values) == std::vector<double>{6, 9, 8});
  CHECK(numbers(found.indices) == std::vector<double>{3, 7, 8});
  CHECK(numbers(nn::AdaptiveMaxPool2d(-1)(x)) == numbers(x));
  // The size is the input's of each call.
  const nn::AdaptiveAvgPool1d half(-1);
  for (const std::int64_t size : {3, 5})
    CHECK(half(ones({2, 3, size})).shape() == Shape{2, 3, size});
}

TEST_CASE("batch norm: biased variance in the batch, unbiased one in the running statistics") {
  nn::BatchNorm1d norm(2, {.momentum = 0.5, .dtype = float64});
  const Tensor x = from_data<double>({1, 10, 3, 10, 5, 10}, {3, 2});
  const std::vector<double> y = numbers(norm(x));
  CHECK_THAT(y[0], Catch::Matchers::WithinAbs(-2 / std::sqrt(8.0 / 3 + 1e-5), 1e-12));
  CHECK(y[1] == 0);  // of equal values exactly
  CHECK(numbers(norm.running_mean) == std::vector<double>{1.5, 5});
  CHECK(numbers(norm.running_var) == std::vector<double>{2.5, 0.5});
  CHECK(norm.num_batches_tracked.item() == 1);

  norm.eval();
  const std::vector<double> calm = numbers(norm(x));
  CHECK_THAT(calm[0], Catch::Matchers::WithinAbs(-0.5 / std::sqrt(2.5 + 1e-5), 1e-12));
  CHECK(numbers(norm.running_mean) == std::vector<double>{1.5, 5});
  CHECK(norm.num_batches_tracked.item() == 1);
}

TEST_CASE("batch norm without momentum keeps means of all batches") {
  const nn::BatchNorm1d norm(1, {.momentum = {}, .dtype = float64});
  for (const double start : {1.0, 2.0, 6.0}) norm(from_data<double>({start, start + 2}, {2, 1}));
  CHECK_THAT(numbers(norm.running_mean)[0], Catch::Matchers::WithinAbs(4, 1e-12));
  CHECK_THAT(numbers(norm.running_var)[0], Catch::Matchers::WithinAbs(2, 1e-12));
}

TEST_CASE("norms keep small deviations from a large mean, and constants are exactly the bias") {
  const Tensor far = from_data<float>({10000, 10001, 10002, 10003}, {1, 1, 4});
  const std::vector<double> wanted = {-1.3416, -0.4472, 0.4472, 1.3416};
  const Tensor constant = full({2, 3, 5}, 1e7), bias = from_data<float>({1, -2, 0.5f}, {3});
  const Tensor weight = full({3}, 3);
  for (const Tensor& y : {batch_norm(far, {}, {}), group_norm(far, 1), instance_norm(far)}) {
    for (std::size_t i = 0; i < 4; ++i)
      CHECK_THAT(numbers(y)[i], Catch::Matchers::WithinAbs(wanted[i], 1e-4));
  }
  for (const Tensor& y :
       {batch_norm(constant, {}, {}, weight, bias), group_norm(constant, 3, weight, bias),
        instance_norm(constant, weight, bias)})
    CHECK(numbers(y) == numbers(broadcast_to(reshape(bias, {3, 1}), {2, 3, 5})));
}

TEST_CASE("rms norm of zeros is 0, with a finite slope") {
  const Tensor x = zeros({1, 4}, float64).requires_grad_(), w = full({4}, 3, float64);
  const Tensor y = rms_norm(x, {4}, w, 0.25);
  CHECK(largest(y) == 0);
  sum(y).backward();
  CHECK(numbers(x.grad()) == std::vector<double>{6, 6, 6, 6});
}

TEST_CASE("norms of channels: gradients to be differentiated, of a weight alone, and of nothing") {
  const Tensor x = randn({4, 2, 3}, float64), w = randn({2}, float64).requires_grad_();
  using Norm = Tensor (*)(const Tensor&, const Tensor&);
  for (const Norm norm :
       {Norm([](const Tensor&in, const Tensor&scale) {
          return batch_norm(in, {}, {}, scale, {}, {.training = true});
        }),
        Norm([](const Tensor&in, const Tensor&scale) { return group_norm(in, 1, scale); })}) {
    const Tensor y = norm(x, w);
    const Tensor slope = grad(sum(square(y)), w, {.create_graph = true});
    const Tensor expected = sum(square(y.detach() / reshape(w.detach(), {2, 1})), {0, 2}) * 2;
    CHECK(largest(abs(grad(sum(slope), w) - expected)) < 1e-9);

    const Tensor none = zeros({0, 2, 3}, float64).requires_grad_();
    const Tensor zero = grad(sum(square(norm(none, w))), w, {.create_graph = true});
    CHECK(numbers(zero) == std::vector<double>{0, 0});
    CHECK(numbers(grad(sum(zero), w, {.allow_unused = true})) == std::vector<double>{0, 0});
  }
}

TEST_CASE("a batch norm in training may stand in a checkpoint") {
  nn::BatchNorm1d norm(2), plain(2);
  const Tensor x = randn({5, 2}).requires_grad_(), z = x.detach().requires_grad_();
  sum(exp(checkpoint([=](const Tensor& in) { return norm(in); }, x))).backward();
  sum(exp(plain(z))).backward();
  CHECK(numbers(x.grad()) == numbers(z.grad()));
  CHECK(numbers(norm.running_var) == numbers(plain.running_var));
  CHECK(norm.num_batches_tracked.item() == 1);
}

TEST_CASE("norms of channels have PyTorch's names and starts") {
  const nn::BatchNorm2d norm(3);
  CHECK(norm.named_parameters().size() == 2);
  CHECK(norm.named_buffers().size() == 3);
  CHECK(norm.state_dict()[2].first == "running_mean");
  CHECK(numbers(norm.running_var) == std::vector<double>{1, 1, 1});
  CHECK(nn::BatchNorm2d(3, {.affine = false, .track_running_stats = false}).state_dict().empty());
  nn::BatchNorm1d plain(3, {.affine = false});
  CHECK(plain(randn({4, 3})).shape() == Shape{4, 3});
  CHECK(plain.num_batches_tracked.item() == 1);
  plain.eval();
  CHECK(plain(randn({4, 3})).shape() == Shape{4, 3});
  plain.running_mean = ones({3});
  CHECK_THAT(error_of([&] { plain(ones({4, 3})); }), StartsWith("running_mean: another tensor"));
  CHECK(nn::InstanceNorm1d(3, {.track_running_stats = true})(randn({3, 4})).shape() == Shape{3, 4});
  CHECK(nn::InstanceNorm2d(3).parameters().empty());
  CHECK(nn::InstanceNorm1d(3, {.affine = true})(ones({3, 4})).shape() == Shape{3, 4});
  CHECK(nn::GroupNorm(2, 4)(ones({2, 4, 3})).shape() == Shape{2, 4, 3});
  CHECK(nn::RMSNorm({4}).parameters().size() == 1);
  CHECK(nn::LocalResponseNorm(3)(ones({2, 4, 3})).shape() == Shape{2, 4, 3});

  CHECK_THAT(error_of([&] {
               norm(ones({3, 4}));
             }),
             StartsWith("BatchNorm2d: x needs 4 axes, got (3, 4) ["));
  CHECK_THAT(error_of([] {
               nn::BatchNorm1d(3)(ones({1, 3}));
             }),
             StartsWith("batch_norm: training needs more than one value for each channel, x is "
                        "float32 (1, 3) ["));
  CHECK_THAT(error_of([] { nn::BatchNorm1d(0); }),
             StartsWith("BatchNorm1d: num_features must be positive, got 0 ["));
  CHECK_THAT(error_of([] { nn::BatchNorm1d(1, {.momentum = 2}); }),
             StartsWith("BatchNorm1d: momentum must lie in [0, 1], got 2 ["));
  CHECK_THAT(error_of([] { nn::GroupNorm(3, 4); }),
             StartsWith("GroupNorm: 3 groups do not divide 4 channels ["));
}

TEST_CASE("interpolation by a factor scales coordinates by it, by a size by the sizes") {
  const Tensor x = signal({0, 1, 2, 3});
  const Tensor by_factor =
      interpolate(x, {.scale_factor = {2.6}, .mode = InterpolationMode::linear});
  const Tensor by_size = interpolate(x, {.size = 10, .mode = InterpolationMode::linear});
  CHECK(by_factor.shape() == Shape{1, 1, 10});
  CHECK_THAT(numbers(by_factor)[1], Catch::Matchers::WithinAbs(1.5 / 2.6 - 0.5, 1e-6));
  CHECK_THAT(numbers(by_size)[1], Catch::Matchers::WithinAbs(0.1, 1e-6));
  CHECK(numbers(interpolate(x, {.size = 6})) == std::vector<double>{0, 0, 1, 2, 2, 3});
  CHECK(numbers(interpolate(x, {.size = 6, .mode = InterpolationMode::nearest_exact})) ==
        std::vector<double>{0, 1, 1, 2, 3, 3});
  // 49 * (1 / 49.) is less than 1.
  CHECK(numbers(interpolate(signal({0, 1}), {.scale_factor = {49}}))[49] == 1);
  // Where PyTorch differs: a factor that leaves the size, and a window that the input does not
  // fill.
  const Tensor same =
      interpolate(signal({0, 1, 2}), {.scale_factor = {1.25}, .mode = InterpolationMode::linear});
  CHECK(max(abs(reshape(same, {-1}) - tensor({0, 0.7, 1.5}))).item() < 1e-6);
  CHECK(numbers(lp_pool1d(signal({1, 1, 1}), 1, 2, {.ceil_mode = true})) ==
        std::vector<double>{2, 1});
  // What has weight 0 is not read.
  const Tensor infinite = signal({1, std::numeric_limits<float>::infinity(), 3});
  CHECK(numbers(interpolate(infinite, {.size = 3, .mode = InterpolationMode::linear}))[0] == 1);
}

TEST_CASE("layers of other sizes are the functions") {
  const Tensor x = uniform({1, 4, 3, 2}, -1, 1);
  CHECK(nn::Upsample({.scale_factor = {2, 3}})(x).shape() == Shape{1, 4, 6, 6});
  CHECK(nn::PixelShuffle(2)(x).shape() == Shape{1, 1, 6, 4});
  CHECK(numbers(nn::PixelUnshuffle(2)(nn::PixelShuffle(2)(x))) == numbers(x));
  CHECK(nn::Unfold({2, 1})(x).shape() == Shape{1, 8, 4});
  CHECK(numbers(nn::Fold({3, 2}, {3, 2})(nn::Unfold({3, 2})(x))) == numbers(x));
  CHECK(nn::ZeroPad2d({1, 2, 0, 1})(x).shape() == Shape{1, 4, 4, 5});
  CHECK(numbers(nn::ConstantPad1d({1, 0}, 7)(signal({1, 2}))) == std::vector<double>{7, 1, 2});
  CHECK(numbers(nn::ReflectionPad1d(1)(signal({1, 2, 3}))) == std::vector<double>{2, 1, 2, 3, 2});
  CHECK(numbers(nn::ReplicationPad1d(1)(signal({1, 2}))) == std::vector<double>{1, 1, 2, 2});
  CHECK(numbers(nn::CircularPad1d(1)(signal({1, 2, 3}))) == std::vector<double>{3, 1, 2, 3, 1});
  CHECK_THAT(error_of([] {
               nn::ZeroPad2d({1, 2, 3});
             }),
             StartsWith("ZeroPad2d: padding must be one number or 4, got (1, 2, 3) ["));
}

TEST_CASE("a grid of the elements' own places gives them back") {
  const Tensor x = uniform({1, 2, 2, 3}, -1, 1);
  const Tensor grid = from_data<float>({-1, -1, 0, -1, 1, -1, -1, 1, 0, 1, 1, 1}, {1, 2, 3, 2});
  for (const InterpolationMode mode : {InterpolationMode::linear, InterpolationMode::nearest})
    CHECK(numbers(grid_sample(x, grid, {.mode = mode, .align_corners = true})) == numbers(x));
}

// Values and gradients are those of torch 2.13, which sees no NaN in nearest mode.
TEST_CASE("grid_sample at coordinates that are NaN or infinite") {
  const double inf = std::numeric_limits<double>::infinity(),
               nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor grid =
      from_data<double>({nan, 0, 0, nan, nan, nan, 0, 0, inf, 0, 0, -inf}, {1, 1, 6, 2});
  const auto sampled = [&](InterpolationMode mode, GridPadding padding) {
    const Tensor x = from_data<double>({1, 2, 3, 4, 5, 6}, {1, 1, 2, 3}).requires_grad_();
    const Tensor y = grid_sample(x, grid, {.mode = mode, .padding_mode = padding});
    sum(y).backward();
    return std::pair(numbers(y.detach()), numbers(x.grad()));
  };
  using Numbers = std::vector<double>;
  const auto nearest = InterpolationMode::nearest, linear = InterpolationMode::linear;
  CHECK(sampled(nearest, GridPadding::zeros) ==
        std::pair(Numbers{0, 0, 0, 2, 0, 0}, Numbers{0, 1, 0, 0, 0, 0}));
  CHECK(sampled(nearest, GridPadding::border) ==
        std::pair(Numbers{1, 2, 1, 2, 3, 2}, Numbers{2, 3, 1, 0, 0, 0}));
  CHECK(sampled(nearest, GridPadding::reflection) ==
        std::pair(Numbers{1, 2, 1, 2, 1, 2}, Numbers{3, 3, 0, 0, 0, 0}));
  const auto [y, slopes] = sampled(linear, GridPadding::zeros);
  for (std::size_t i = 0; i < 6; ++i) CHECK((i == 3 ? y[i] == 3.5 : std::isnan(y[i])));
  CHECK(slopes == Numbers{0, 0.5, 0, 0, 0.5, 0});
}

TEST_CASE("the identity's affine grid gives images back, a turned one turns them") {
  const Tensor x = uniform({2, 3, 3, 3}, -1, 1, float64);
  const Tensor same = repeat(from_data<double>({1, 0, 0, 0, 1, 0}, {1, 2, 3}), {2, 1, 1}),
               turned = repeat(from_data<double>({0, 1, 0, -1, 0, 0}, {1, 2, 3}), {2, 1, 1});
  for (const bool corners : {false, true}) {
    const auto moved = [&](const Tensor& theta) {
      return grid_sample(x, affine_grid(theta, x.shape(), {.align_corners = corners}),
                         {.align_corners = corners});
    };
    CHECK(largest(moved(same) - x) < 1e-15);
    CHECK(largest(moved(turned) - transpose(flip(x, -2))) < 1e-15);
  }
}

// Numbers are those of torch 2.13's F.affine_grid.
TEST_CASE("affine grids are PyTorch's") {
  const auto close = [](const Tensor& y, const std::vector<double>& wanted) {
    return largest(y - from_data<double>(wanted, y.shape())) < 1e-15;
  };
  const Tensor theta = from_data<double>({1, 2, 3, 4, 5, 6}, {1, 2, 3});
  CHECK(close(affine_grid(theta, {1, 1, 2, 3}), {4 / 3., 5 / 6., 2, 7 / 2., 8 / 3., 37 / 6.,
                                                 10 / 3., 35 / 6., 4, 17 / 2., 14 / 3., 67 / 6.}));
  CHECK(close(affine_grid(theta, {1, 1, 2, 3}, {.align_corners = true}),
              {0, -3, 1, 1, 2, 5, 4, 7, 5, 11, 6, 15}));
  const Tensor deep = from_data<double>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {1, 3, 4});
  CHECK(close(affine_grid(deep, {1, 1, 2, 1, 2}), {2, 2, 2, 3, 7, 11, 5, 9, 13, 6, 14, 22}));
}

TEST_CASE("gradients of layers over spatial axes are right") {
  struct Net : nn::Module {
    nn::Conv2d first = add("first", nn::Conv2d(2, 4, 3, {.padding = 1, .dtype = float64}));
    nn::Conv2d by_depth =
        add("by_depth", nn::Conv2d(4, 4, 3, {.stride = 2, .groups = 4, .dtype = float64}));
    nn::ConvTranspose2d back =
        add("back", nn::ConvTranspose2d(4, 2, 2, {.stride = 2, .dtype = float64}));
    nn::BatchNorm2d norm = add("norm", nn::BatchNorm2d(4, {.dtype = float64}));
    Tensor operator()(const Tensor& x) const {
      return back(tanh(norm(by_depth(avg_pool2d(tanh(first(x)), 2, {.stride = 1})))));
    }
  };
  const Net net;
  CHECK(nn::check_gradients(net, {uniform({2, 2, 5, 6}, -1, 1, float64)}));
}

}  // namespace

// Convolutions, pools, norms, attention, recurrent cells, resizing.

#include "cases.hpp"

namespace {

using namespace oracle;

const Cases convolutions([] {
  RANDOM("F.conv1d(x, y, z, stride=2, padding=1)",
         conv1d(in[0], in[1], in[2], {.stride = 2, .padding = 1}),
         {draw({2, 3, 7}), draw({4, 3, 3}), draw({4})});
  RANDOM("F.conv2d(x, y, z, dilation=2, groups=2)",
         conv2d(in[0], in[1], in[2], {.dilation = 2, .groups = 2}),
         {draw({2, 4, 6, 5}), draw({4, 2, 2, 2}), draw({4})});
  RANDOM("F.conv3d(x, y)", conv3d(in[0], in[1]), {draw({1, 2, 3, 3, 3}), draw({2, 2, 2, 2, 2})});
  RANDOM("F.conv_transpose1d(x, y, z, stride=2, padding=1, output_padding=1)",
         conv_transpose1d(in[0], in[1], in[2], {.stride = 2, .padding = 1, .output_padding = 1}),
         {draw({2, 3, 4}), draw({3, 2, 3}), draw({2})});
  RANDOM(
      "torch.func.functional_call(torch.nn.ConvTranspose1d(3, 2, 3, 2, 1, bias=False, "
      "dtype=x.dtype), {'weight': y}, (x, [8]))",
      conv_transpose1d(in[0], in[1], {}, {.stride = 2, .padding = 1, .output_size = 8}),
      {draw({2, 3, 4}), draw({3, 2, 3})});
  RANDOM("F.conv_transpose2d(x, y)", conv_transpose2d(in[0], in[1]),
         {draw({1, 2, 3, 3}), draw({2, 3, 2, 2})});
  RANDOM("F.conv_transpose3d(x, y)", conv_transpose3d(in[0], in[1]),
         {draw({1, 2, 2, 2, 2}), draw({2, 2, 2, 2, 2})});
  RANDOM("F.unfold(x, 2, stride=2)", unfold(in[0], PerAxis(2), FoldOptions{.stride = 2}),
         {draw({1, 2, 4, 5})});
  RANDOM("F.fold(x, (3, 4), 2)", fold(in[0], {3, 4}, 2), {draw({1, 8, 6})});
});

const Cases pools([] {
  const Tensor x1 = draw({2, 3, 8}), x2 = draw({1, 2, 6, 7}), x3 = draw({1, 2, 4, 4, 4});
  RANDOM("F.max_pool1d(x, 3, 2, 1)", max_pool1d(in[0], 3, {.stride = 2, .padding = 1}), {x1});
  RANDOM("F.max_pool2d(x, 2)", max_pool2d(in[0], 2), {x2});
  RANDOM("F.max_pool3d(x, 2)", max_pool3d(in[0], 2), {x3});
  RANDOM("F.max_pool1d(x, 2, return_indices=True)[1]", max_pool1d_with_indices(in[0], 2).indices,
         {x1});
  RANDOM("F.max_pool2d(x, 2, return_indices=True)[1]", max_pool2d_with_indices(in[0], 2).indices,
         {x2});
  RANDOM("F.max_pool3d(x, 2, return_indices=True)[1]", max_pool3d_with_indices(in[0], 2).indices,
         {x3});
  RANDOM("F.avg_pool1d(x, 3, 2, 1)", avg_pool1d(in[0], 3, {.stride = 2, .padding = 1}), {x1});
  RANDOM("F.avg_pool2d(x, 2, ceil_mode=True)", avg_pool2d(in[0], 2, {.ceil_mode = true}), {x2});
  RANDOM("F.avg_pool3d(x, 2)", avg_pool3d(in[0], 2), {x3});
  RANDOM("F.lp_pool1d(x, 3, 2)", lp_pool1d(in[0], 3, 2), {abs(x1)});
  RANDOM("F.lp_pool2d(x, 2, 2)", lp_pool2d(in[0], 2, 2), {x2});
  RANDOM("F.lp_pool3d(x, 2, 2)", lp_pool3d(in[0], 2, 2), {x3});
  RANDOM("F.adaptive_avg_pool1d(x, 3)", adaptive_avg_pool1d(in[0], 3), {x1});
  RANDOM("F.adaptive_avg_pool2d(x, (4, 3))", adaptive_avg_pool2d(in[0], {4, 3}), {x2});
  RANDOM("F.adaptive_avg_pool2d(x, (None, 3))", adaptive_avg_pool2d(in[0], {-1, 3}), {x2});
  RANDOM("F.adaptive_avg_pool3d(x, 3)", adaptive_avg_pool3d(in[0], 3), {x3});
  RANDOM("F.adaptive_max_pool1d(x, 3)", adaptive_max_pool1d(in[0], 3), {x1});
  RANDOM("F.adaptive_max_pool2d(x, (4, 3))", adaptive_max_pool2d(in[0], {4, 3}), {x2});
  RANDOM("F.adaptive_max_pool3d(x, 3)", adaptive_max_pool3d(in[0], 3), {x3});
  RANDOM("F.adaptive_max_pool3d(x, (2, None, 3))", adaptive_max_pool3d(in[0], {2, -1, 3}), {x3});
  RANDOM("F.fractional_max_pool2d(x, 2, 3, _random_samples=x.new_full((1, 2, 2), 0.3))",
         fractional_max_pool2d(
             in[0], 2, {.output_size = 3, .random_samples = full({1, 2, 2}, 0.3, in[0].dtype())}),
         {x2});
  RANDOM("F.fractional_max_pool3d(x, 2, 3, _random_samples=x.new_full((1, 2, 3), 0.3))",
         fractional_max_pool3d(
             in[0], 2, {.output_size = 3, .random_samples = full({1, 2, 3}, 0.3, in[0].dtype())}),
         {x3});
  RANDOM("F.max_unpool1d(x, torch.tensor([[[1, 2]]]), 2)",
         max_unpool1d(in[0], integers({1, 2}, {1, 1, 2}), 2), {draw({1, 1, 2})});
  RANDOM("F.max_unpool2d(x, torch.tensor([[[[1, 7]]]]), 2)",
         max_unpool2d(in[0], integers({1, 7}, {1, 1, 1, 2}), 2), {draw({1, 1, 1, 2})});
  RANDOM("F.max_unpool3d(x, torch.tensor([[[[[1, 7]]]]]), 2)",
         max_unpool3d(in[0], integers({1, 7}, {1, 1, 1, 1, 2}), 2), {draw({1, 1, 1, 1, 2})});
});

const Cases norms([] {
  const Tensor x = draw({3, 4, 5});
  RANDOM("F.layer_norm(x, (5,), y, z)", layer_norm(in[0], {5}, in[1], in[2]),
         {x, draw({5}), draw({5})});
  RANDOM("F.rms_norm(x, (5,), y)", rms_norm(in[0], {5}, in[1]), {x, draw({5})});
  RANDOM("F.batch_norm(x, None, None, y, z, training=True)",
         batch_norm(in[0], {}, {}, in[1], in[2], {.training = true}), {x, draw({4}), draw({4})});
  RANDOM("F.batch_norm(x, torch.ones(4).double(), 2 * torch.ones(4).double(), y, z)",
         batch_norm(in[0], ones({4}, float64), full({4}, 2, float64), in[1], in[2]),
         {x, draw({4}), draw({4})});
  RANDOM("F.group_norm(x, 2, y, z)", group_norm(in[0], 2, in[1], in[2]), {x, draw({4}), draw({4})});
  RANDOM("F.instance_norm(x, weight=y, bias=z)", instance_norm(in[0], in[1], in[2]),
         {x, draw({4}), draw({4})});
  RANDOM("F.local_response_norm(x, 3, alpha=0.1)", local_response_norm(in[0], 3, {.alpha = 0.1}),
         {x});
});

const Cases resizing([] {
  const Tensor x = draw({1, 2, 4, 5});
  const auto resize = [&](const std::string& how, InterpolateOptions options) {
    random("F.interpolate(x, " + how + ")",
           [=](const Tensors& in) { return interpolate(in[0], options); }, {x});
  };
  resize("(7, 3), mode='nearest'", {.size = {7, 3}, .mode = InterpolationMode::nearest});
  resize("(7, 3), mode='nearest-exact'",
         {.size = {7, 3}, .mode = InterpolationMode::nearest_exact});
  resize("(7, 3), mode='bilinear'", {.size = {7, 3}, .mode = InterpolationMode::linear});
  resize("(7, 3), mode='bilinear', align_corners=True",
         {.size = {7, 3}, .mode = InterpolationMode::linear, .align_corners = true});
  resize("(7, 3), mode='bicubic'", {.size = {7, 3}, .mode = InterpolationMode::bicubic});
  resize("(2, 3), mode='area'", {.size = {2, 3}, .mode = InterpolationMode::area});
  RANDOM("F.pixel_shuffle(x, 2)", pixel_shuffle(in[0], 2), {draw({1, 8, 2, 3})});
  RANDOM("F.pixel_unshuffle(x, 2)", pixel_unshuffle(in[0], 2), {draw({1, 2, 4, 6})});
  const std::pair<const char*, GridPadding> pads[] = {{"zeros", GridPadding::zeros},
                                                      {"border", GridPadding::border},
                                                      {"reflection", GridPadding::reflection}};
  for (const auto& [name, padding] : pads) {
    random("F.grid_sample(x, y, padding_mode='" + std::string(name) + "', align_corners=False)",
           [how = padding](const Tensors& in) {
             return grid_sample(in[0], in[1], {.padding_mode = how});
           },
           {x, draw({1, 3, 3, 2}, -1.3, 1.3)});
  }
  RANDOM("F.affine_grid(x, (2, 1, 3, 4), align_corners=False)", affine_grid(in[0], {2, 1, 3, 4}),
         {draw({2, 2, 3})});
  RANDOM("F.affine_grid(x, (1, 2, 2, 1, 3), align_corners=True)",
         affine_grid(in[0], {1, 2, 2, 1, 3}, {.align_corners = true}), {draw({1, 3, 4})});
});

const Cases sequences([] {
  RANDOM("F.scaled_dot_product_attention(x, y, z)",
         scaled_dot_product_attention(in[0], in[1], in[2]),
         {draw({2, 3, 4}), draw({2, 5, 4}), draw({2, 5, 3})});
  RANDOM("F.scaled_dot_product_attention(x, y, z, is_causal=True)",
         scaled_dot_product_attention(in[0], in[1], in[2], {.is_causal = true}),
         {draw({2, 3, 4}), draw({2, 5, 4}), draw({2, 5, 3})});
  RANDOM("torch.gru_cell(x, y, z, w)", gru_cell(in[0], in[1], {in[2], in[3]}),
         {draw({2, 3}), draw({2, 2}), draw({6, 3}), draw({6, 2})});
  RANDOM("torch.lstm_cell(x, (y, y), z, w)[1]", lstm_cell(in[0], {in[1], in[1]}, {in[2], in[3]})[1],
         {draw({2, 3}), draw({2, 2}), draw({8, 3}), draw({8, 2})});
  RANDOM("torch.rnn_tanh_cell(x, y, z, w)", rnn_tanh_cell(in[0], in[1], {in[2], in[3]}),
         {draw({2, 3}), draw({2, 2}), draw({2, 3}), draw({2, 2})});
  RANDOM("torch.rnn_relu_cell(x, y, z, w)", rnn_relu_cell(in[0], in[1], {in[2], in[3]}),
         {draw({2, 3}), draw({2, 2}), draw({2, 3}), draw({2, 2})});
  const std::string layer = ", y, [z, w], False, 1, 0.0, False, False, False)[0]";
  RANDOM("torch.gru(x" + layer, gru(in[0], in[1], {{in[2], in[3]}})[0],
         {draw({4, 2, 3}), draw({1, 2, 2}), draw({6, 3}), draw({6, 2})});
  RANDOM("torch.rnn_tanh(x" + layer, rnn_tanh(in[0], in[1], {{in[2], in[3]}})[0],
         {draw({4, 2, 3}), draw({1, 2, 2}), draw({2, 3}), draw({2, 2})});
  RANDOM("torch.rnn_relu(x" + layer, rnn_relu(in[0], in[1], {{in[2], in[3]}})[0],
         {draw({4, 2, 3}), draw({1, 2, 2}), draw({2, 3}), draw({2, 2})});
  RANDOM("torch.lstm(x, (y, y), [z, w], False, 1, 0.0, False, False, False)[0]",
         lstm(in[0], {in[1], in[1]}, {{in[2], in[3]}})[0],
         {draw({4, 2, 3}), draw({1, 2, 2}), draw({8, 3}), draw({8, 2})});
});

}  // namespace

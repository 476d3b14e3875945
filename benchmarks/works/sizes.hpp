#pragma once
// Names and sizes that both libraries need.

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// Layers of these widths with ReLU and dropout between them, trained on labels with Adam.
struct Mlp {
  std::string name;
  std::vector<std::int64_t> widths;
  std::int64_t batch;
  double dropout;
  double recorded;
  double peer_target = 0, limit_target = 0;
};

inline std::vector<Mlp> mlps() {
  std::vector<Mlp> list = {{"mlp-small", {20, 64, 64, 2}, 32, 0.2, 2.2, 8, 0},
                           {"mlp", {784, 512, 512, 10}, 128, 0.2, 1.5, 1.8, 1.3}};
  for (const std::int64_t batch : {32, 512, 2048})
    list.push_back({"mlp-batch-" + std::to_string(batch), {784, 512, 512, 10}, batch, 0.2, 1.15});
  for (const std::int64_t width : {256, 1024, 2048})
    list.push_back(
        {"mlp-width-" + std::to_string(width), {width, width, width, 10}, 128, 0.2, 1.2});
  list.push_back({"mlp-deep", std::vector<std::int64_t>(17, 512), 2048, 0, 1.1});
  return list;
}

/// Recorded operations of the chains that show how cost grows; the first is what is compared.
inline constexpr std::int64_t chain_lengths[] = {1000, 10, 100'000, 1'000'000};
inline constexpr std::int64_t chain_width = 8;
inline std::string chain_name(std::int64_t length, bool backward) {
  return std::string(backward ? "chain-backward" : "chain-forward") +
         (length == chain_lengths[0] ? "" : "-" + std::to_string(length));
}

struct Lookup {
  std::string name;
  std::int64_t rows;
  bool sparse;
  double recorded, peer_target;
};
inline const Lookup lookups[] = {{"embedding-sparse", 1'000'000, true, 2.8, 3},
                                 {"embedding-dense", 100'000, false, 1.6, 1.5}};
inline constexpr std::int64_t lookup_count = 4096, lookup_width = 64, lookup_batches = 16;

/// What is done with the gradients of parameters; the arrays of their size that it has to read and
/// to write. Where libtorch does it in one fused loop, that is bound by memory too: not to be
/// slower is what can be asked.
struct Update {
  std::string name;
  int arrays;
  double peer_target;
};
inline const Update updates[] = {{"adam", 7, 1},   {"adamw", 7, 1},   {"sgd-momentum", 5, 1},
                                 {"lion", 5, 3},   {"rmsprop", 5, 3}, {"clip-grad-norm", 3, 1},
                                 {"average", 3, 1}};

/// So many parameters of so many elements each.
struct ParameterSet {
  std::string name;
  std::int64_t count, numel;
};
inline const ParameterSet parameter_sets[] = {{"100x10k", 100, 10'000}, {"10x1M", 10, 1'000'000}};

/// The options of all these rules, and how much lower each norm is to be than the one before.
struct UpdateOptions {
  static constexpr double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, lion_beta1 = 0.9,
                          lion_beta2 = 0.99, eps = 1e-8, weight_decay = 0.01, momentum = 0.9,
                          alpha = 0.99, decay = 0.999, shrink = 0.9999;
};

inline constexpr std::int64_t big = 10'000'000;  // elements
inline constexpr std::int64_t logit_rows = 256, logit_classes = 50'000;
inline constexpr std::int64_t sheet_rows = 4096, sheet_columns = 1024;
inline constexpr std::int64_t sheets = 8;  // more than caches hold
inline constexpr std::int64_t square_side = 4096;

/// Rows that are gathered and added up, in any order; a row is a line of the caches.
inline constexpr std::int64_t table_rows = 1'000'000, table_width = 16;
/// Neighbours with one id are added up; the largest of a row are chosen; a border is added.
inline constexpr std::int64_t segments = 1000, chosen = 100, border = 8, bag_size = 20;
/// The largest of short rows, and of each of many; classes that are few.
inline constexpr std::int64_t chosen_of_row = 10, short_row = 4, few_classes = 10;
/// Times a row's number, modulo the rows: each comes once, neighbours lie far apart.
inline constexpr std::int64_t table_step = 610'753;

/// Forms of einsum and the product each of them is.
struct Form {
  std::string name, equation;
  std::vector<std::int64_t> a, b;
  std::int64_t m, n, k;
  int times;
};
inline const Form forms[] = {
    {"einsum-product", "ij,jk->ik", {512, 512}, {512, 512}, 512, 512, 512, 1},
    {"einsum-transposed", "ik,jk->ij", {512, 512}, {512, 512}, 512, 512, 512, 1},
    {"einsum-batch", "bij,bjk->bik", {16, 256, 256}, {16, 256, 256}, 256, 256, 256, 16},
    {"einsum-linear", "bld,de->ble", {32, 128, 256}, {256, 256}, 4096, 256, 256, 1},
    {"einsum-scores", "bhqd,bhkd->bhqk", {8, 8, 128, 64}, {8, 8, 128, 64}, 128, 128, 64, 64}};

/// Images of the works on convolutions: (batch, channels, height, width).
struct Images {
  std::int64_t batch, channels, side;
  std::int64_t numel() const { return batch * channels * side * side; }
};
/// Convolutions 1 to 32 and 32 to 64 channels of 3 x 3, each with relu and a max pool by 2, and a
/// linear layer to 10 classes: a step of training with Adam, and the answer to one image.
inline constexpr Images cnn_images{64, 1, 28};
inline constexpr std::int64_t cnn_channels[] = {1, 32, 64}, cnn_classes = 10,
                              cnn_features = 64 * 7 * 7;
/// A 3 x 3 convolution by depth and a pointwise one, relu after each.
inline constexpr Images depthwise_images{16, 64, 56};
/// Two 3 x 3 convolutions with batch norms and relu, around which x is carried.
inline constexpr Images residual_images{8, 64, 56};
/// A batch norm; a max pool by 2.
inline constexpr Images plane_images{64, 64, 56};

/// Recurrent layers: inputs (steps, batch, in). `answer`: the forward alone.
struct Recurrent {
  std::string name, title;
  bool is_lstm, answer;
  std::int64_t steps, batch, in, hidden;
  double peer_target, limit_target;

  std::int64_t gates() const { return is_lstm ? 4 : 3; }
};
inline const Recurrent recurrents[] = {
    {"lstm", "LSTM 128 to 256, 64 steps, batch 32, forward and backward", true, false, 64, 32, 128,
     256, 1.3, 1.3},
    {"lstm-batch-1", "the same LSTM on one sequence, forward", true, true, 64, 1, 128, 256, 4, 0},
    {"gru-small", "GRU 32 to 32, 16 steps, batch 8, forward and backward", false, false, 16, 8, 32,
     32, 4, 0}};

/// Causal attention of (1, attention_heads, length, attention_width), forward and backward.
inline constexpr std::int64_t attention_lengths[] = {128, 512, 1024, 4096}, attention_heads = 8,
                              attention_width = 64;
inline std::string attention_name(std::int64_t length) {
  return "attention-" + std::to_string(length);
}

/// Encoder layers of a Transformer, with relu and without dropout: one alone, and those of a model
/// of characters as examples/char_lm has it.
struct Encoder {
  std::int64_t length, batch, width, heads, inner, layers;
};
inline constexpr Encoder encoder_layer{128, 16, 256, 8, 1024, 1},
    char_encoder{64, 32, 128, 4, 512, 2};
inline constexpr std::int64_t char_count = 96;

/// Fourier transforms of `count` signals or of as many images, of float32 and of float64.
enum class TransformKind { fft, ifft, rfft, irfft, rfft2, irfft2 };
struct Transform {
  std::string name, title;
  TransformKind kind;
  std::int64_t count, rows, columns;  // a signal is one row
  bool is_double = false;

  bool from_pairs() const { return kind != TransformKind::rfft && kind != TransformKind::rfft2; }
  /// Numbers of the last axis but that of pairs; what comes out has them the other way round.
  std::int64_t size_in() const {
    return kind == TransformKind::irfft || kind == TransformKind::irfft2 ? columns / 2 + 1
                                                                         : columns;
  }
  std::int64_t numel_in() const { return count * rows * size_in() * (from_pairs() ? 2 : 1); }
};

inline std::vector<Transform> transforms() {
  using enum TransformKind;
  const Transform narrow[] = {
      {"fft", "fft of 1000 x 1024", fft, 1000, 1, 1024},
      {"fft-inverse", "ifft of 1000 x 1024", ifft, 1000, 1, 1024},
      {"fft-real", "rfft of 1000 x 1024", rfft, 1000, 1, 1024},
      {"fft-real-inverse", "irfft to 1000 x 1024", irfft, 1000, 1, 1024},
      {"fft-mixed", "fft of 1000 x 1050", fft, 1000, 1, 1050},
      {"fft-odd", "fft of 1000 x 945", fft, 1000, 1, 945},
      {"fft-prime", "fft of 1000 x 1021, a prime", fft, 1000, 1, 1021},
      {"fft-real-prime", "rfft of 1000 x 1021", rfft, 1000, 1, 1021},
      {"fft-prime-long", "fft of 100 x 10007, a prime", fft, 100, 1, 10007},
      {"fft-long", "fft of 2^20", fft, 1, 1, 1 << 20},
      {"fft-images", "rfft2 of 64 x 128 x 128", rfft2, 64, 128, 128},
      {"fft-images-inverse", "irfft2 to 64 x 128 x 128", irfft2, 64, 128, 128},
      {"fft-image", "rfft2 of 1024 x 1024", rfft2, 1, 1024, 1024},
      {"fft-image-inverse", "irfft2 to 1024 x 1024", irfft2, 1, 1024, 1024}};
  std::vector<Transform> all(std::begin(narrow), std::end(narrow));
  for (Transform one : narrow) {
    one.name += "-float64", one.title += ", float64", one.is_double = true;
    all.push_back(one);
  }
  return all;
}

}  // namespace bench

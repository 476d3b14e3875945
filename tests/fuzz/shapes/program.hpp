#pragma once
// A random program of shapes and its interpreter: the bytes of an input choose the steps. Each kind
// of step has its own file.

#include <cinta/autograd/core/error.hpp>
#include <cinta/cinta.hpp>
#include <iostream>

#include "fuzz/plain.hpp"
#include "fuzz/support.hpp"

namespace fuzz {

using namespace cinta;
using plain::Number, plain::Size, plain::Sizes;

inline constexpr Size most_elements = 64;
inline constexpr std::size_t most_tensors = 24;

// With CINTA_FUZZ_TRACE in the environment a program tells what it does, to read a finding.
inline const bool traced = std::getenv("CINTA_FUZZ_TRACE") != nullptr;

struct Pair {
  Tensor ours;
  plain::Array wanted;
};

class Program {
 public:
  Program(const std::uint8_t* data, std::size_t size) : next_(data), end_(data + size) {}
  void run();

 private:
  // ---- What the bytes say; zeros after their end ----
  unsigned byte() { return next_ < end_ ? *next_++ : 0; }
  Size below(Size count) { return count > 0 ? Size(byte()) % count : 0; }
  double small() { return double(Size(byte()) % 5 - 2); }
  Size axis(int rank);  // now and then one that is not there
  Size strange_size();
  Sizes some_shape(int most_axes, Size most);
  Pair& any();

  // ---- Tensors: program.cpp ----
  static std::vector<double> values_of(const Tensor& x);
  Tensor tensor_of(const std::vector<double>& values, const Sizes& shape) const;
  void check(const Tensor& ours, const plain::Array& wanted) const;
  /// New memory in which elements lie as in `ours`, which may have axes in another order.
  static plain::Array laid_out_as(const Tensor& ours, const plain::Array& x);
  bool exact(const plain::Array& x) const;
  void keep(const Tensor& ours, plain::Array wanted);
  void leaf();
  void constant();

  // ---- Steps: views.cpp ----
  /// Both do it, or both refuse.
  template <class F>
  void both(const std::optional<plain::Array>& wanted, const F& ours) {
    std::optional<Tensor> y;
    std::string refusal = "made what has to be refused";
    try {
      y = ours();
    } catch (const Error& error) {
      fuzz::require_plain(error.what());
      refusal = error.what();
    }
    if (y.has_value() != wanted.has_value()) {
      std::cerr << refusal << '\n';
      std::abort();
    }
    if (!y) return;
    const bool fresh = wanted->memory.use_count() == 1;
    const plain::Array kept = fresh && !y->is_contiguous() ? laid_out_as(*y, *wanted) : *wanted;
    check(*y, kept);
    keep(*y, kept);
  }
  /// The same for what shares memory with `x` exactly where `wanted` does.
  template <class F>
  void both_views(const Pair& x, const std::optional<plain::Array>& wanted, const F& ours) {
    both(wanted, [&] {
      const Tensor y = ours();
      if (wanted && wanted->count() > 0)
        require((y.storage() == x.ours.storage()) == (wanted->memory == x.wanted.memory));
      return y;
    });
  }
  void step();
  void reshape_();
  void flatten_();
  std::optional<int> place(Size axis, int rank) const;
  void permute_();
  void transpose_();
  void unsqueeze_();
  void squeeze_();
  static plain::Array selected(const plain::Array& x, int axis, Size position);
  /// Positions start, start + step, ...
  static plain::Array sliced(const plain::Array& x, int axis, Size start, Size step, Size count);
  void select_();
  void slice_();
  void broadcast_();
  static bool few(const Sizes& shape);
  /// A view with more elements than one could compute with: cut down to a few of them.
  void vast(const Pair& x, Tensor y);
  void as_strided_();

  // ---- Joining and parting: joins.cpp ----
  void cat_();
  void stack_();
  void split_();
  void unbind_();
  void copies_();
  void index_select_();

  // ---- Arithmetic: arithmetic.cpp ----
  template <class F, class G>
  void elementwise(const std::vector<Pair>& x, F combine, const G& ours);
  void arithmetic_();
  void unary_();
  void where_();
  void sum_();

  // ---- Writes: writes.cpp ----
  /// x = combine(x, index) by `ours`; `fits` says whether shapes do.
  template <class F, class G>
  void written(const Pair& x, bool fits, F combine, const G& ours);
  static bool steps_nest(const Tensor& x);
  void write_();
  void fill_some_();

  // ---- Derivatives: derivatives.cpp ----
  void differentiate();
  void compare(const Tensors& gradients, const std::array<double, plain::variables>& wanted) const;

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  Dtype dtype_ = float64;
  bool twice_ = false;  // whether second derivatives are compared, too
  double exact_ = 0;    // integers up to here are
  std::vector<Pair> pool_, leaves_;
  int variables_ = 0;  // elements of the leaves
  std::vector<double> directions_;
  int writes_ = 0;
};

}  // namespace fuzz

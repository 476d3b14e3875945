#pragma once
// Private to check_gradients: the tensors that a check moves, and the lines it moves them along.

#include <cinta/autograd/tensor.hpp>

namespace cinta::detail {

using Values = std::vector<double>;

/// Dense float64 leaves, their elements numbered through: an element's number is its column in a
/// Jacobian.
class Variables {
 public:
  explicit Variables(const NamedTensors& leaves);

  const Tensors& leaves() const { return leaves_; }
  std::int64_t size() const { return offsets_.back(); }
  std::int64_t offset(std::size_t leaf) const { return offsets_[leaf]; }
  std::size_t leaf_of(std::int64_t column) const;
  const std::string& name(std::int64_t column) const { return names_[leaf_of(column)]; }
  Shape index(std::int64_t column) const;
  double& element(std::int64_t column) const;

 private:
  std::vector<std::string> names_;
  Tensors leaves_;
  std::vector<std::int64_t> offsets_ = {0};  // first columns; the last one is the number of all
};

/// A straight line through where the variables are. They are put back when it goes.
class Path {
 public:
  /// Along one element: places are its values.
  Path(const Variables& variables, std::int64_t column);
  /// Along a direction within one leaf, from its element `first` on: places count from 0.
  Path(const Variables& variables, std::int64_t first, Values direction);
  ~Path();
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

  double origin() const { return origin_; }
  void go(double place) const;

 private:
  const Tensor& leaf_;
  double* elements_;
  Values home_, direction_;
  double origin_ = 0;
};

/// Weights of outputs recorded in a graph, sent back to `variables`.
class Recording {
 public:
  Recording(Tensors outputs, Tensors variables)
      : outputs_(std::move(outputs)), variables_(std::move(variables)) {}

  /// Gradient of sum(weights * outputs), all of them one after the other, with respect to all
  /// elements of the variables. The graph stays.
  Values pull(const Values& weights) const;
  /// pull() of each single output element: one row for each.
  Values matrix() const;

 private:
  Tensors outputs_, variables_;
};

/// Elements of all tensors one after the other; 0 for those of an undefined tensor, which has the
/// shape of its pattern.
Values flat(const Tensors& tensors, const Tensors& pattern);

}  // namespace cinta::detail

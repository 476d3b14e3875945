#pragma once
// Modules that change a shape or nothing at all, for use in Sequential.

#include <cinta/nn/module/module.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// y = x.
class Identity : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;
};

/// Makes the axes from `start` to `end`, both included, one: (N, C, H, W) to (N, C * H * W) unless
/// said otherwise. Throws IndexError for axes that are not there, or in the wrong order.
class Flatten : public Module {
 public:
  explicit Flatten(int start = 1, int end = -1) : start_(start), end_(end) {}
  Tensor operator()(const Tensor& x, Site site = {}) const;

 private:
  int start_, end_;
};

/// Makes one axis several, of the given sizes, of which one may be -1. Throws ShapeError where
/// their product is not the axis's size.
class Unflatten : public Module {
 public:
  Unflatten(int axis, Shape sizes) : axis_(axis), sizes_(std::move(sizes)) {}
  Tensor operator()(const Tensor& x, Site site = {}) const;

 private:
  int axis_;
  Shape sizes_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop

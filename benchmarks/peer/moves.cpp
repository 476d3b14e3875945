// Scans, orders, rows moved and added up, and einsum.

#include "moves.hpp"

#include <memory>

#include "tensors.hpp"
#include "works/data.hpp"
#include "works/sizes.hpp"

namespace bench {
namespace {

using torch::Tensor;

}  // namespace

std::optional<Running> start_moves(const std::string& name) {
  const auto on = [](const Tensor& x, const std::function<Tensor(const Tensor&)>& f) {
    return forward([=] { return f(x); });
  };
  const auto row = [] { return tensor(values(0, big), {big}); };
  const auto sheet = [] {
    return tensor(values(0, square_side * square_side), {square_side, square_side});
  };
  const auto table = [] {
    return tensor(values(0, table_rows * table_width), {table_rows, table_width});
  };
  const auto places = [] { return tensor(ids(1, table_rows, table_rows), {table_rows}); };
  if (name == "cumsum") return on(row(), [](const Tensor& x) { return x.cumsum(0); });
  if (name == "sort")
    return on(row(), [](const Tensor& x) { return std::get<0>(x.sort(true, 0, false)); });
  if (name == "topk") return on(row(), [](const Tensor& x) { return std::get<0>(x.topk(chosen)); });
  if (name == "quantile") return on(row(), [](const Tensor& x) { return x.quantile(0.3); });
  if (name == "flip") return on(sheet(), [](const Tensor& x) { return x.flip({0, 1}); });
  if (name == "pad") {
    return on(sheet(), [](const Tensor& x) {
      return torch::constant_pad_nd(x, {border, border, border, border});
    });
  }
  if (name == "topk-rows") {
    return on(sheet(), [](const Tensor& x) { return std::get<0>(x.topk(chosen_of_row, 1)); });
  }
  if (name == "short-max")
    return on(table(), [](const Tensor& x) { return x.reshape({-1, short_row}).amax(1); });
  if (name == "short-softmax")
    return on(table(), [](const Tensor& x) { return x.reshape({-1, few_classes}).softmax(1); });
  if (name == "gather-0" || name == "gather-1") {
    const Tensor at =
        tensor(ids(1, square_side * square_side, square_side), {square_side, square_side});
    return on(sheet(), [axis = name == "gather-0" ? 0 : 1, at](const Tensor& x) {
      return x.gather(axis, at);
    });
  }
  if (name == "gather")
    return on(table(), [at = places()](const Tensor& x) { return x.index_select(0, at); });
  if (name == "scatter-add") {
    return on(table(), [at = places()](const Tensor& x) {
      return torch::zeros_like(x).index_add_(0, at, x);
    });
  }
  if (name == "segment-sum") {
    const Tensor at = torch::arange(segments).repeat_interleave(table_rows / segments);
    return on(table(), [at](const Tensor& x) {
      return torch::zeros({segments, table_width}).index_add_(0, at, x);
    });
  }
  if (name == "put") {
    const Tensor at = (torch::arange(table_rows) * table_step).remainder(table_rows);
    return on(table(), [at, y = torch::zeros({table_rows, table_width})](const Tensor& x) {
      Tensor z = y;
      return z.index_put_({at}, x);
    });
  }
  if (name == "bag-sum" || name == "bag-max") {
    const std::int64_t mode = name == "bag-sum" ? 0 : 2;
    const Tensor bounds = torch::arange(0, table_rows, bag_size);
    return on(table(), [=, at = places()](const Tensor& x) {
      return std::get<0>(torch::embedding_bag(x, at, bounds, false, mode));
    });
  }
  for (const Form& form : forms) {
    if (name != form.name) continue;
    const auto make = [](std::uint64_t stream, const std::vector<std::int64_t>& sizes) {
      std::int64_t count = 1;
      for (const std::int64_t size : sizes) count *= size;
      return tensor(values(stream, count), sizes);
    };
    const Tensor a = make(0, form.a), b = make(1, form.b);
    return forward([=] { return torch::einsum(form.equation, {a, b}); });
  }
  return {};
}

}  // namespace bench

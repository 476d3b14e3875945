#include <algorithm>
#include <cinta/autograd/check/detail/join.hpp>
#include <cinta/autograd/primitive/detail/rows.hpp>

namespace cinta::detail {

std::function<Tensor(const Tensors&)> joined(const check::Row& row) {
  return [fn = row.function, constants = row.constants](const Tensors& in) {
    const Tensors results = fn(in);
    if (results.size() == 1) return results[0];
    Tensors floating;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const bool constant = std::find(constants.begin(), constants.end(), i) != constants.end();
      if (constant || !is_floating(results[i].dtype())) continue;
      floating.push_back(results[i]);
      count += results[i].numel();
    }
    return join(floating, {count});
  };
}

}  // namespace cinta::detail

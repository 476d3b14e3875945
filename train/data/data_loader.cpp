#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/slice.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

namespace cinta::train::detail {

std::int64_t common_rows(const Tensor* tensors, std::size_t count, const Site& site) {
  for (std::size_t i = 0; i < count; ++i) {
    const Tensor& t = tensors[i];
    const std::string which = "DataLoader: tensor " + std::to_string(i);
    if (!t.defined()) throw ShapeError(which + " is undefined", site);
    if (t.rank() == 0) throw ShapeError(which + " has no axis to cut along", site);
    if (t.shape()[0] != tensors[0].shape()[0])
      throw ShapeError(which + " has " + std::to_string(t.shape()[0]) + " rows, tensor 0 has " +
                           std::to_string(tensors[0].shape()[0]),
                       site);
  }
  return tensors[0].shape()[0];
}

BatchOrder::BatchOrder(std::int64_t rows, const DataLoaderOptions& options, const Site& site)
    : rows_(rows), options_(options) {
  if (options.batch_size < 1)
    throw ValueError(
        "DataLoader: batch_size is " + std::to_string(options.batch_size) + ", must be at least 1",
        site);
}

std::int64_t BatchOrder::batches() const {
  const std::int64_t size = options_.batch_size;
  return rows_ / size + (rows_ % size != 0 && !options_.drop_last);
}

std::int64_t BatchOrder::start_pass() {
  const std::int64_t first = std::exchange(resume_, 0);
  if (first == 0) {
    ++passes_;
    make_order();
  }
  return first;
}

// Of pass number passes_ - 1, whatever there was before.
void BatchOrder::make_order() {
  if (!options_.shuffle) return;
  auto generator = make_generator(options_.seed, static_cast<std::uint64_t>(passes_ - 1));
  order_ = permutation(rows_, generator);
}

optim::State BatchOrder::state_dict() const {
  optim::State state = optim::state_of("DataLoader");
  state.values["rows"] = rows_;
  state.values["batch_size"] = options_.batch_size;
  state.values["shuffle"] = options_.shuffle;
  state.values["drop_last"] = options_.drop_last;
  state.values["seed"] = std::int64_t(options_.seed);
  state.values["passes"] = passes_;
  // A pass of which all is done has ended.
  const std::int64_t next = next_ > 0 ? next_ : resume_;
  state.values["next_batch"] = next < batches() ? next : 0;
  return state;
}

std::function<void()> BatchOrder::prepare_load(const optim::State& state, const Site& site) {
  optim::StateReader reader(state, "DataLoader", "DataLoader", site);
  const auto same = [&](const char* name, const auto& mine) {
    if (reader.value<std::decay_t<decltype(mine)>>(name) != mine)
      reader.refuse(std::string(name) + " is another in the state than here, where it is " +
                    std::to_string(mine));
  };
  same("rows", rows_);
  same("batch_size", options_.batch_size);
  same("shuffle", options_.shuffle);
  same("drop_last", options_.drop_last);
  const auto seed = std::uint64_t(reader.value<std::int64_t>("seed"));
  const auto passes = reader.value<std::int64_t>("passes"),
             next = reader.value<std::int64_t>("next_batch");
  reader.finish();
  if (passes < 0 || next < 0 || (next > 0 && (passes == 0 || next >= batches())))
    reader.refuse("there is no batch " + std::to_string(next) + " in pass " +
                  std::to_string(passes));
  return [this, seed, passes, next] {
    options_.seed = seed;
    passes_ = passes;
    next_ = 0;
    resume_ = next;
    if (next > 0) make_order();
  };
}

Tensor BatchOrder::take(const Tensor& tensor, std::int64_t k) const {
  const std::int64_t first = k * options_.batch_size;
  const std::int64_t last = std::min(first + options_.batch_size, rows_);
  if (!options_.shuffle) return slice(tensor, 0, first, last);

  const Tensor dense = contiguous(tensor);
  Shape shape = tensor.shape();
  shape[0] = last - first;
  Tensor out = empty(shape, tensor.dtype());
  const std::size_t row_bytes =
      rows_ ? static_cast<std::size_t>(tensor.numel() / rows_) * size_of(tensor.dtype()) : 0;
  const char* from = Array(dense).data<char>();
  char* to = Array(out).data<char>();
  for (std::int64_t i = first; i < last; ++i, to += row_bytes)
    std::memcpy(to, from + static_cast<std::size_t>(order_[i]) * row_bytes, row_bytes);
  return out;
}

}  // namespace cinta::train::detail

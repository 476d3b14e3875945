#pragma once
// Batches of several tensors that belong together row by row.

#include <array>
#include <cinta/autograd/tensor.hpp>
#include <cinta/optim/state.hpp>
#include <cinta/train/random.hpp>
#include <functional>
#include <iterator>

#pragma GCC visibility push(default)
namespace cinta::train {

struct DataLoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;    ///< a new order of the rows in every pass
  bool drop_last = false;  ///< leave out a last batch that is not full
  std::uint64_t seed = 0;  ///< of the orders: seed and number of the pass give the order
};

namespace detail {

/// The part of a loader that does not depend on the number of tensors.
class BatchOrder {
 public:
  BatchOrder(std::int64_t rows, const DataLoaderOptions& options, const Site& site);

  std::int64_t rows() const { return rows_; }
  std::int64_t batches() const;
  std::int64_t passes() const { return passes_; }
  /// The first batch of the pass: of a new one, or of that in which the loaded state was.
  std::int64_t start_pass();
  /// Batch `k` is being used.
  void reach(std::int64_t k) { next_ = k + 1; }
  /// The loop has been left.
  void end_pass() { next_ = 0; }
  /// The rows of batch `k` of a tensor; a view if nothing is shuffled.
  Tensor take(const Tensor& tensor, std::int64_t k) const;

  optim::State state_dict() const;
  std::function<void()> prepare_load(const optim::State& state, const Site& site);

 private:
  void make_order();

  std::int64_t rows_;
  std::int64_t passes_ = 0;
  std::int64_t next_ = 0;    // the batch after the one in use; 0 between passes
  std::int64_t resume_ = 0;  // the first batch of the pass to come, which has begun already; or 0
  DataLoaderOptions options_;
  Rows order_;
};

/// Rows of all tensors. Throws ShapeError if they differ or there is an axis 0 missing.
std::int64_t common_rows(const Tensor* tensors, std::size_t count, const Site& site);

}  // namespace detail

/// Cuts tensors with equal size along axis 0 into batches:
///
///     train::DataLoader loader({ids, x, y}, {.batch_size = 64, .shuffle = true, .seed = 1});
///     for (int epoch = 0; epoch < 10; ++epoch)
///       for (auto& [id, in, out] : loader) ...
///
/// Each loop is a pass; with `shuffle` every pass has its own order, the same with every compiler.
/// Tensors are kept, not copied; they must not change their shape. Throws ValueError for a batch
/// size below 1, ShapeError for tensors that do not fit together.
template <std::size_t N>
class DataLoader {
 public:
  using Batch = std::array<Tensor, N>;

  DataLoader(const Tensor (&tensors)[N], const DataLoaderOptions& options = {}, Site site = {})
      : order_(detail::common_rows(tensors, N, site), options, site) {
    for (std::size_t i = 0; i < N; ++i) tensors_[i] = tensors[i];
  }

  std::int64_t rows() const { return order_.rows(); }
  std::int64_t batches() const { return order_.batches(); }
  std::int64_t passes() const { return order_.passes(); }  ///< begun so far

  class Iterator {
   public:
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;

    explicit Iterator(DataLoader& loader) : loader_(loader), k_(loader.order_.start_pass()) {
      load();
    }
    ~Iterator() { loader_.order_.end_pass(); }
    Iterator(const Iterator&) = delete;
    Iterator& operator=(const Iterator&) = delete;
    Batch& operator*() { return batch_; }
    Iterator& operator++() {
      ++k_;
      load();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return k_ >= loader_.batches(); }

   private:
    void load() {
      if (k_ >= loader_.batches()) return;
      for (std::size_t i = 0; i < N; ++i) batch_[i] = loader_.order_.take(loader_.tensors_[i], k_);
      loader_.order_.reach(k_);
    }
    DataLoader& loader_;
    std::int64_t k_;
    Batch batch_;
  };

  /// Starts a pass. One at a time: a second begin() changes the order under the first.
  Iterator begin() { return Iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

  /// The orders' seed, and how far the passes have come: within a loop, that the batch in use is
  /// done. After loading it the next loop is the rest of that pass. What is loaded must have the
  /// same number of rows and the same options but the seed: ValueError otherwise. See Checkpoint.
  optim::State state_dict() const { return order_.state_dict(); }
  void load_state_dict(const optim::State& state, Site site = {}) { prepare_load(state, site)(); }
  std::function<void()> prepare_load(const optim::State& state, Site site = {}) {
    return order_.prepare_load(state, site);
  }

 private:
  Batch tensors_;
  detail::BatchOrder order_;
};

}  // namespace cinta::train
#pragma GCC visibility pop

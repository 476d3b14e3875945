#pragma once
// Batches of several tensors that belong together row by row, or of whatever a data set makes of
// rows.

#include <algorithm>
#include <array>
#include <cinta/autograd/tensor.hpp>
#include <cinta/optim/state.hpp>
#include <cinta/train/data/split/order.hpp>
#include <concepts>
#include <iterator>
#include <memory>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta::train {

struct DataLoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;     ///< a new order of the rows in every pass
  bool drop_last = false;   ///< leave out a last batch that is not full
  bool merge_last = false;  ///< join it to the one before: batch norm needs more than one row
  std::uint64_t seed = 0;   ///< of the orders: seed and number of the pass give the order
  /// The rows of each pass, instead of shuffle and seed: weighted_order and others.
  Order order = {};
  int prefetch =
      0;  ///< batches made ahead, while others are in use; 0 makes each when it is asked for
  int workers = 1;  ///< threads that make them. Batches are the same for any number
};

namespace detail {

/// The part of a loader that does not depend on what a batch is.
class BatchOrder {
 public:
  BatchOrder(std::int64_t rows, const DataLoaderOptions& options, const Site& site);

  std::int64_t rows() const { return rows_; }
  std::int64_t batches() const;
  std::int64_t passes() const { return passes_; }
  const DataLoaderOptions& options() const { return options_; }
  /// The first batch of the pass: of a new one, or of that in which the loaded state was.
  std::int64_t start_pass();
  /// Batch `k` is being used.
  void reach(std::int64_t k) { next_ = k + 1; }
  /// The loop has been left.
  void end_pass() { next_ = 0; }
  /// The rows of batch `k`.
  Rows rows_of(std::int64_t k) const;
  /// How many batches are made at once, of rows of so many bytes: rows that lie side by side are
  /// then found in a cache. In the rows' own order there is nothing to gain.
  std::int64_t group_size(std::int64_t row_bytes) const;
  /// The rows of a tensor in batches `k` to `end` - 1: one, a view, if they are in their order.
  Tensors take(const Tensor& tensor, std::int64_t k, std::int64_t end) const;
  /// Draws the order of the next pass, while this one is in use, if that needs none of the user's
  /// code.
  void draw_ahead();
  /// Calls f() with this thread's random numbers those of batch `k` of this pass, whoever makes it.
  void with_generator(std::int64_t k, const std::function<void()>& f) const;

  optim::State state_dict() const;
  std::function<void()> prepare_load(const optim::State& state, const Site& site);

 private:
  void make_order();
  Rows shuffled(std::int64_t pass) const;
  bool ordered() const { return options_.shuffle || options_.order; }
  std::pair<std::int64_t, std::int64_t> range_of(std::int64_t k) const;

  std::int64_t rows_;
  std::int64_t source_ = 0;  // rows that an order may name
  std::int64_t passes_ = 0;
  std::int64_t next_ = 0;    // the batch after the one in use; 0 between passes
  std::int64_t resume_ = 0;  // the first batch of the pass to come, which has begun already; or 0
  DataLoaderOptions options_;
  Rows order_;
  Rows ahead_;  // of the next pass, or empty
};

/// Makes groups of batches ahead, in threads of its own: make(k, slot) for k from 0 to `count` - 1,
/// of which at most `ahead` are made and not yet given back. The destructor waits for its threads.
class Prefetch {
 public:
  Prefetch(std::function<void(std::int64_t k, std::size_t slot)> make, std::int64_t count,
           std::int64_t ahead, int workers);
  ~Prefetch();
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  /// Waits for group `k` and hands over its slot, which is free again afterwards. Groups are asked
  /// for in their order. Rethrows what make threw.
  void take(std::int64_t k, const std::function<void(std::size_t slot)>& use);

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

/// Rows of all tensors. Throws ShapeError if they differ or there is an axis 0 missing.
std::int64_t common_rows(const Tensor* tensors, std::size_t count, const Site& site);

/// What loaders share: passes, places in them, and batches made ahead by `Loader::make(k)`.
template <class Loader, class Batch_>
class BatchLoader {
 public:
  using Batch = Batch_;

  std::int64_t rows() const { return order_.rows(); }  ///< of a pass
  std::int64_t batches() const { return order_.batches(); }
  std::int64_t passes() const { return order_.passes(); }  ///< begun so far

  class Iterator {
   public:
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;

    explicit Iterator(BatchLoader& loader) : loader_(loader), k_(loader.order_.start_pass()) {
      group_size_ = self().group_size();
      const DataLoaderOptions& options = loader.order_.options();
      if (options.prefetch > 0 && k_ < loader_.batches()) start_threads(options);
      load();
    }
    ~Iterator() {
      prefetch_.reset();
      loader_.order_.end_pass();
    }
    Iterator(const Iterator&) = delete;
    Iterator& operator=(const Iterator&) = delete;
    Batch& operator*() { return *batch_; }
    Iterator& operator++() {
      ++k_;
      load();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return k_ >= loader_.batches(); }

   private:
    const Loader& self() const { return static_cast<const Loader&>(loader_); }
    std::vector<Batch> make(std::int64_t k) const {
      return self().make_group(k, std::min(k + group_size_, loader_.batches()));
    }
    void start_threads(const DataLoaderOptions& options) {
      // One group is in use while the others are made.
      group_size_ =
          std::clamp<std::int64_t>(options.prefetch / (options.workers + 2), 1, group_size_);
      slots_.resize(std::size_t(options.prefetch / group_size_ - (group_size_ > 1)));
      const std::int64_t first = k_,
                         groups = (loader_.batches() - k_ + group_size_ - 1) / group_size_;
      prefetch_ = std::make_unique<Prefetch>(
          [this, first, groups](std::int64_t group, std::size_t slot) {
            if (group == groups)
              loader_.order_.draw_ahead();
            else
              slots_[slot] = make(first + group * group_size_);
          },
          groups + 1, std::int64_t(slots_.size()), options.workers);
    }
    void load() {
      if (k_ >= loader_.batches()) return;
      if (used_ == group_.size()) {
        if (prefetch_)
          prefetch_->take(taken_++, [this](std::size_t slot) { group_ = std::move(slots_[slot]); });
        else
          group_ = make(k_);
        used_ = 0;
      }
      batch_ = std::move(group_[used_++]);
      loader_.order_.reach(k_);
    }
    BatchLoader& loader_;
    std::int64_t k_;
    std::optional<Batch> batch_;
    std::int64_t group_size_;
    std::vector<Batch> group_;  // made at once, of which some are used
    std::size_t used_ = 0;
    std::vector<std::vector<Batch>> slots_;  // groups made ahead
    std::int64_t taken_ = 0;                 // of them
    std::unique_ptr<Prefetch> prefetch_;
  };

  /// Starts a pass. One at a time: a second begin() changes the order under the first.
  Iterator begin() { return Iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

  /// The orders' seed, and how far the passes have come: within a loop, that the batch in use is
  /// done, whatever has been made ahead. After loading it the next loop is the rest of that pass.
  /// What is loaded must have the same number of rows and the same options but the seed: ValueError
  /// otherwise. See Checkpoint.
  optim::State state_dict() const { return order_.state_dict(); }
  void load_state_dict(const optim::State& state, Site site = {}) { prepare_load(state, site)(); }
  std::function<void()> prepare_load(const optim::State& state, Site site = {}) {
    return order_.prepare_load(state, site);
  }

 protected:
  explicit BatchLoader(BatchOrder order) : order_(std::move(order)) {}
  BatchOrder order_;
};

}  // namespace detail

/// Cuts tensors with equal size along axis 0 into batches:
///
///     train::DataLoader loader({ids, x, y}, {.batch_size = 64, .shuffle = true, .seed = 1});
///     for (int epoch = 0; epoch < 10; ++epoch)
///       for (auto& [id, in, out] : loader) ...
///
/// Each loop is a pass; with `shuffle` every pass has its own order, the same with every compiler.
/// Tensors are kept, not copied; they must not change their shape. Shuffled batches are made some
/// ahead, up to 4 MiB of them: what is written to the tensors within a loop may come later. Those
/// of io::SafetensorsFile lie on the disk and may be larger than memory: pages come as batches need
/// them. Throws ValueError for options out of their range, ShapeError for tensors that do not fit
/// together.
template <std::size_t N>
class DataLoader : public detail::BatchLoader<DataLoader<N>, std::array<Tensor, N>> {
  using Base = detail::BatchLoader<DataLoader<N>, std::array<Tensor, N>>;

 public:
  DataLoader(const Tensor (&tensors)[N], const DataLoaderOptions& options = {}, Site site = {})
      : Base(detail::BatchOrder(detail::common_rows(tensors, N, site), options, site)) {
    for (std::size_t i = 0; i < N; ++i) {
      tensors_[i] = tensors[i];
      if (const std::int64_t rows = tensors[i].shape()[0])
        row_bytes_ += tensors[i].numel() / rows * std::int64_t(size_of(tensors[i].dtype()));
    }
  }

 private:
  friend Base;
  std::int64_t group_size() const { return this->order_.group_size(row_bytes_); }
  std::vector<std::array<Tensor, N>> make_group(std::int64_t k, std::int64_t end) const {
    std::vector<std::array<Tensor, N>> group(std::size_t(end - k));
    for (std::size_t i = 0; i < N; ++i) {
      Tensors parts = this->order_.take(tensors_[i], k, end);
      for (std::size_t j = 0; j < group.size(); ++j) group[j][i] = std::move(parts[j]);
    }
    return group;
  }
  std::array<Tensor, N> tensors_;
  std::int64_t row_bytes_ = 0;  // of all of them
};

/// What has rows and makes batches of them: an array or tuple of tensors, or whatever the loss
/// unpacks. `batch` is called by other threads if batches are made ahead, and by several at once if
/// there are several workers, the trainer's among them; random numbers drawn
/// in it depend on the loader's seed, the pass and the batch alone.
template <class T>
concept Dataset = requires(const T& data, const Rows& rows) {
  { data.size() } -> std::convertible_to<std::int64_t>;
  data.batch(rows);
};

/// The same over a data set of the user's own: images read from files, texts of several lengths
/// (pad_rows), rows of a table on the disk (CsvFile).
///
///     struct Pictures {
///       std::int64_t size() const { return names.size(); }
///       std::array<Tensor, 2> batch(const train::Rows& rows) const { ... }
///     };
///     train::DatasetLoader loader(pictures, {.batch_size = 32, .shuffle = true, .prefetch = 4});
///
/// The data set must outlive the loader.
template <Dataset Data>
class DatasetLoader
    : public detail::BatchLoader<
          DatasetLoader<Data>, std::decay_t<decltype(std::declval<const Data&>().batch(Rows()))>> {
  using Base =
      detail::BatchLoader<DatasetLoader<Data>,
                          std::decay_t<decltype(std::declval<const Data&>().batch(Rows()))>>;

 public:
  explicit DatasetLoader(const Data& data, const DataLoaderOptions& options = {}, Site site = {})
      : Base(detail::BatchOrder(data.size(), options, site)), data_(&data) {}

 private:
  friend Base;
  // One at a time: to make a batch may take long, or change something.
  std::int64_t group_size() const { return 1; }
  std::vector<typename Base::Batch> make_group(std::int64_t k, std::int64_t) const {
    std::vector<typename Base::Batch> one;
    this->order_.with_generator(k, [&] { one.push_back(data_->batch(this->order_.rows_of(k))); });
    return one;
  }
  const Data* data_;
};

/// Rows of several lengths as one tensor: parts (length_i, ...) of one dtype become
/// (parts, longest, ...) with `fill` behind each, and their lengths, int64 (parts). Throws
/// ShapeError unless they differ in their first axis only, ValueError for no parts.
struct Padded {
  Tensor values, lengths;
};
Padded pad_rows(const Tensors& parts, double fill = 0, Site site = {});

}  // namespace cinta::train
#pragma GCC visibility pop

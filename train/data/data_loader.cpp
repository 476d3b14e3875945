#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/generator.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/runtime.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <numeric>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace cinta::train {
namespace detail {

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
  if (options.drop_last && options.merge_last)
    throw ValueError("DataLoader: drop_last and merge_last exclude each other", site);
  if (options.shuffle && options.order)
    throw ValueError("DataLoader: shuffle and order exclude each other", site);
  if (options.prefetch < 0 || options.workers < 1)
    throw ValueError("DataLoader: prefetch must not be negative, and workers at least 1", site);
  if (!options_.order) return;
  source_ = rows;
  rows_ = std::int64_t(options_.order(0).size());
}

std::int64_t BatchOrder::batches() const {
  const std::int64_t size = options_.batch_size, whole = rows_ / size;
  if (options_.merge_last && whole > 0) return whole;
  return whole + (rows_ % size != 0 && !options_.drop_last);
}

std::pair<std::int64_t, std::int64_t> BatchOrder::range_of(std::int64_t k) const {
  const std::int64_t first = k * options_.batch_size;
  const bool last = options_.merge_last && k + 1 == batches();
  return {first, last ? rows_ : std::min(first + options_.batch_size, rows_)};
}

Rows BatchOrder::rows_of(std::int64_t k) const {
  const auto [first, last] = range_of(k);
  if (ordered()) return Rows(order_.begin() + first, order_.begin() + last);
  Rows rows(static_cast<std::size_t>(last - first));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

void BatchOrder::with_generator(std::int64_t k, const std::function<void()>& f) const {
  auto seeds = make_generator(options_.seed, (std::uint64_t(passes_) << 32) + std::uint64_t(k));
  const GeneratorScope scope({seeds(), 0});
  f();
}

std::int64_t BatchOrder::start_pass() {
  const std::int64_t first = std::exchange(resume_, 0);
  if (first > 0) return first;
  ++passes_;
  if (ahead_.empty())
    make_order();
  else
    order_ = std::exchange(ahead_, {});
  return 0;
}

// Of pass number passes_ - 1, whatever there was before.
void BatchOrder::make_order() {
  if (options_.order) {
    order_ = options_.order(static_cast<std::uint64_t>(passes_ - 1));
    if (std::int64_t(order_.size()) != rows_)
      throw ValueError("DataLoader: the order of pass " + std::to_string(passes_) + " has " +
                       std::to_string(order_.size()) + " rows, that of the first " +
                       std::to_string(rows_));
    for (const std::int64_t row : order_)
      if (row < 0 || row >= source_)
        throw IndexError("DataLoader: the order has row " + std::to_string(row) + " of " +
                         std::to_string(source_));
  }
  if (options_.shuffle) order_ = shuffled(passes_);
}

Rows BatchOrder::shuffled(std::int64_t pass) const {
  auto generator = make_generator(options_.seed, static_cast<std::uint64_t>(pass - 1));
  return permutation(rows_, generator);
}

void BatchOrder::draw_ahead() {
  if (options_.shuffle) ahead_ = shuffled(passes_ + 1);
}

namespace {

const char* order_of(const DataLoaderOptions& options) {
  return options.order ? "given" : options.shuffle ? "shuffled" : "as they lie";
}
const char* last_of(const DataLoaderOptions& options) {
  return options.drop_last ? "dropped" : options.merge_last ? "merged" : "kept";
}

/// Whether a state is of this choice; "a or b" where it comes from a file that did not tell.
bool may_be(const std::string& saved, const std::string& mine) {
  const std::size_t both = saved.find(" or ");
  if (both == saved.npos) return saved == mine;
  return saved.substr(0, both) == mine || saved.substr(both + 4) == mine;
}

}  // namespace

optim::State BatchOrder::state_dict() const {
  optim::State state = optim::state_of("DataLoader");
  state.values["rows"] = rows_;
  state.values["batch_size"] = options_.batch_size;
  state.values["order"] = std::string(order_of(options_));
  state.values["last"] = std::string(last_of(options_));
  state.values["seed"] = std::int64_t(options_.seed);
  state.values["passes"] = passes_;
  // A pass of which all is done has ended.
  const std::int64_t next = next_ > 0 ? next_ : resume_;
  state.values["next_batch"] = next < batches() ? next : 0;
  return state;
}

std::function<void()> BatchOrder::prepare_load(const optim::State& state, const Site& site) {
  optim::StateReader reader(state, "DataLoader", "DataLoader", site);
  const auto same = [&](const char* name, std::int64_t mine) {
    if (reader.value<std::int64_t>(name) != mine)
      reader.refuse(std::string(name) + " is another in the state than here, where it is " +
                    std::to_string(mine));
  };
  same("rows", rows_);
  same("batch_size", options_.batch_size);
  const auto chosen = [&](const char* name, const std::string& what, const std::string& mine) {
    const auto saved = reader.value<std::string>(name);
    if (!may_be(saved, mine))
      reader.refuse(what + " " + saved + " in the state, and " + mine + " here");
  };
  chosen("order", "rows are", order_of(options_));
  chosen("last", "a last batch that is not full is", last_of(options_));
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
    ahead_.clear();  // of another pass, or seed
    if (next > 0) make_order();
  };
}

std::int64_t BatchOrder::group_size(std::int64_t row_bytes) const {
  constexpr std::int64_t group_bytes = 4 << 20;
  if (!ordered()) return 1;
  // Not divided by their product, which may be beyond int64: a batch of "all there are".
  const std::int64_t rows = group_bytes / std::max<std::int64_t>(row_bytes, 1);
  return std::max<std::int64_t>(1, rows / options_.batch_size);
}

Tensors BatchOrder::take(const Tensor& tensor, std::int64_t k, std::int64_t end) const {
  std::vector<std::span<const std::int64_t>> lists;
  for (; k < end; ++k) {
    const auto [first, last] = range_of(k);
    if (!ordered()) return {slice(tensor, 0, first, last)};
    lists.emplace_back(order_.data() + first, order_.data() + last);
  }
  return cinta::detail::rows_at(tensor, lists);
}

/// Group k stands in slot k % ahead from when it is made until it has been used.
struct Prefetch::Shared {
  std::function<void(std::int64_t, std::size_t)> make;
  std::int64_t count, next = 0, used = 0;
  std::size_t ahead;
  std::vector<bool> ready;
  std::exception_ptr error;
  std::int64_t failed;
  bool stop = false;
  bool single = false;      // one worker: no two batches are made at once
  bool taken_over = false;  // the trainer makes one itself
  std::mutex mutex;
  std::condition_variable room, made;
  std::vector<std::jthread> threads;

  void work() {
    set_num_threads(1);  // the processor is for the trainer
    std::unique_lock lock(mutex);
    for (;;) {
      room.wait(lock, [&] {
        return stop || error || next >= count ||
               (next < used + std::int64_t(ahead) && !(single && taken_over));
      });
      if (stop || error || next >= count) return;
      const std::int64_t k = next++;
      lock.unlock();
      std::exception_ptr caught;
      try {
        make(k, std::size_t(k) % ahead);
      } catch (...) {
        caught = std::current_exception();
      }
      lock.lock();
      if (caught && (!error || k < failed)) error = caught, failed = k;
      ready[std::size_t(k) % ahead] = !caught;
      made.notify_all();
      if (caught) room.notify_all();
    }
  }
};

Prefetch::Prefetch(std::function<void(std::int64_t, std::size_t)> make, std::int64_t count,
                   std::int64_t ahead, int workers)
    : shared_(std::make_unique<Shared>()) {
  shared_->make = std::move(make);
  shared_->count = shared_->failed = count;
  shared_->ahead = std::size_t(ahead);
  shared_->ready.assign(std::size_t(ahead), false);
  shared_->single = workers == 1;
  for (int i = 0; i < workers; ++i) shared_->threads.emplace_back([this] { shared_->work(); });
}

Prefetch::~Prefetch() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stop = true;
  }
  shared_->room.notify_all();
  shared_->threads.clear();
}

void Prefetch::take(std::int64_t k, const std::function<void(std::size_t)>& use) {
  const std::size_t slot = std::size_t(k) % shared_->ahead;
  std::unique_lock lock(shared_->mutex);
  if (shared_->next == k && !shared_->error) {
    // Nobody has begun it: the threads wait for a processor that others have. So it is made here.
    ++shared_->next;
    shared_->taken_over = true;
    lock.unlock();
    shared_->make(k, slot);  // what it throws ends the pass
    lock.lock();
    shared_->taken_over = false;
  } else {
    // What was made before the one that failed is given out first.
    shared_->made.wait(
        lock, [&] { return shared_->ready[slot] || (shared_->error && k >= shared_->failed); });
    if (!shared_->ready[slot]) std::rethrow_exception(shared_->error);
  }
  use(slot);
  shared_->ready[slot] = false;
  shared_->used = k + 1;
  // Half of the slots are filled at a time: to wake a thread may cost more than a batch.
  const bool wake = shared_->next < shared_->count &&
                    2 * (shared_->next - shared_->used) <= std::int64_t(shared_->ahead);
  lock.unlock();
  if (wake) shared_->room.notify_all();
}

}  // namespace detail

Padded pad_rows(const Tensors& parts, double fill, Site site) {
  if (parts.empty()) throw ValueError("pad_rows: no parts", site);
  const SiteScope scope(site);
  std::int64_t longest = 0;
  std::vector<std::int64_t> lengths;
  for (const Tensor& part : parts) {
    if (part.rank() == 0) throw ShapeError("pad_rows: a part has no axis", site);
    Shape one = part.shape(), first = parts[0].shape();
    one[0] = 0;
    if (parts[0].rank() > 0) first[0] = 0;
    if (one != first || part.dtype() != parts[0].dtype())
      throw ShapeError("pad_rows: parts are " + parts[0].spec().str() + " and " +
                           part.spec().str() + ", which differ in more than their first axis",
                       site);
    lengths.push_back(part.shape()[0]);
    longest = std::max(longest, lengths.back());
  }
  Shape shape = parts[0].shape();
  shape[0] = longest;
  Tensors whole;
  for (const Tensor& part : parts) {
    const std::int64_t missing = longest - part.shape()[0];
    Shape rest = shape;
    rest[0] = missing;
    whole.push_back(missing == 0 ? part : cat({part, full(rest, fill, part.dtype())}, 0));
  }
  return {stack(whole), from_data(lengths, {std::int64_t(lengths.size())})};
}

}  // namespace cinta::train

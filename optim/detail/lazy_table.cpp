#include <algorithm>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/optim/detail/lazy_table.hpp>

namespace cinta::optim {
namespace {

std::int64_t padding_row_of(const Tensor& parameter) {
  const Node* node = parameter.node();
  return node && node->is_leaf() ? static_cast<const Leaf*>(node)->padding_row() : -1;
}

// Rows that are brought up to date at once when all are: the lists must stay small beside a table.
constexpr std::int64_t block = 1 << 16;

}  // namespace

LazyTable::~LazyTable() { detach(); }

void LazyTable::attach(const Tensor& parameter) {
  padding_row_ = padding_row_of(parameter);
  const Ref<Storage>& storage = parameter.storage();
  if (storage->hook() == this && parameter.impl()->memory == parameter_.impl()->memory) return;
  detach();
  if (storage->hook()) storage->hook()->all();
  parameter_ = parameter.detach();
  width_ = parameter.numel() / std::max<std::int64_t>(1, parameter.shape()[0]);
  storage->set_hook(this);
}

void LazyTable::detach() {
  if (!parameter_.defined()) return;
  // Whoever took our place has asked for everything first.
  if (parameter_.storage()->hook() == this) {
    all();
    parameter_.storage()->set_hook(nullptr);
  }
  parameter_ = Tensor();
  std::fill(done_.begin(), done_.end(), now_);
}

std::uint32_t LazyTable::longest_record() const {
  // Then a restart costs a few rows a step, and the record little memory beside the table.
  return std::uint32_t(std::clamp<std::int64_t>(parameter_.shape()[0] / 8, 1 << 16, 1 << 30));
}

void LazyTable::catch_up(const kernels::RowList& rows) {
  const std::lock_guard lock(mutex_);
  catch_up_rows(rows.ids, rows.count);
}

void LazyTable::advance(const kernels::RowList& rows) {
  const std::lock_guard lock(mutex_);
  ++now_;
  behind_ = true;
  scales_only_ = false;
  for (std::int64_t i = 0; i < rows.count; ++i) done_[std::size_t(rows.ids[i])] = now_;
}

void LazyTable::reserve() {
  const std::lock_guard lock(mutex_);
  if (!done_memory_) start_counting();
}

// From the pool, because it gives large memory large pages.
void LazyTable::start_counting() {
  const std::size_t count = std::size_t(parameter_.shape()[0]);
  done_memory_ = Storage::create(count * sizeof(std::uint32_t));
  done_ = {static_cast<std::uint32_t*>(done_memory_->data()), count};
  std::fill(done_.begin(), done_.end(), now_);
}

void LazyTable::restart() {
  if (parameter_.defined()) all();
  now_ = 0;
  squares_version_ = -1;
  std::fill(done_.begin(), done_.end(), 0);
}

void LazyTable::all() {
  const std::lock_guard lock(mutex_);
  catch_up_all();
}

void LazyTable::rows(const Array& table, const std::int64_t* ids, std::int64_t count) {
  const std::lock_guard lock(mutex_);
  if (is_whole(table))
    catch_up_rows(ids, count);
  else
    catch_up_all();
}

bool LazyTable::is_whole(const Array& table) const {
  return table.memory == parameter_.impl()->memory && table.is_contiguous() &&
         table.shape.rank() > 0 && table.shape[0] == parameter_.shape()[0] &&
         table.numel() == parameter_.numel();
}

kernels::DoubleDouble LazyTable::squares_of(const kernels::RowList& rows) const {
  return kernels::sum_of_squares(elements(), rows);
}

// Those of the padding row, which no step changes.
kernels::DoubleDouble LazyTable::constant_squares() const {
  return padding_row_ < 0 ? 0 : squares_of({&padding_row_, 1, width_});
}

void LazyTable::before_scaling(const kernels::RowList& rows) {
  if (squares_version_ == parameter_.storage()->version())
    squares_before_ = squares_of(rows) + constant_squares();
}

void LazyTable::after_scaling(const kernels::RowList& rows, double scale) {
  scales_only_ = true;
  const std::int64_t version = parameter_.storage()->version();
  if (squares_version_ != version - 1) return;
  squares_ = (squares_ - squares_before_) * scale * scale + squares_of(rows) + constant_squares();
  squares_version_ = version;
}

std::optional<double> LazyTable::sum_of_squares(const Array& table) {
  const std::lock_guard lock(mutex_);
  if (!is_whole(table) || !scales_only_) return {};
  const std::int64_t version = parameter_.storage()->version();
  if (squares_version_ != version) {
    catch_up_all();
    squares_ = squares_of({nullptr, parameter_.shape()[0], width_});
    squares_version_ = version;
  }
  return double(squares_);
}

void LazyTable::catch_up_all() {
  if (!behind_) return;
  const std::int64_t count = std::int64_t(done_.size());
  for (std::int64_t begin = 0; begin < count; begin += block) {
    for (std::int64_t row = begin; row < std::min(begin + block, count); ++row) {
      std::uint32_t& done = done_[std::size_t(row)];
      if (done == now_ || row == padding_row_) continue;
      behind_ids_.push_back(row);
      behind_since_.push_back(std::exchange(done, now_));
    }
    catch_up_behind();
  }
  behind_ = false;
}

void LazyTable::catch_up_rows(const std::int64_t* ids, std::int64_t count) {
  if (!behind_) return;
  for (std::int64_t i = 0; i < count; ++i) {
    if (i + kernels::prefetch_ahead < count)
      kernels::prefetch(&done_[std::size_t(ids[i + kernels::prefetch_ahead])], 1);
    std::uint32_t& done = done_[std::size_t(ids[i])];
    if (done == now_ || ids[i] == padding_row_) continue;
    behind_ids_.push_back(ids[i]);
    behind_since_.push_back(std::exchange(done, now_));
  }
  catch_up_behind();
}

void LazyTable::catch_up_behind() {
  if (behind_ids_.empty()) return;
  catch_up_(elements(), {behind_ids_.data(), std::int64_t(behind_ids_.size()), width_},
            behind_since_.data());
  behind_ids_.clear();
  behind_since_.clear();
}

TouchedRows::TouchedRows(const Tensor& gradient)
    : ids_(row_ids(gradient)),
      given_(row_values(gradient)),
      grouped_(!gradient.impl()->sparse->coalesced) {
  if (grouped_) groups_ = kernels::group_rows(ids_.data<std::int64_t>(), ids_.numel());
}

kernels::RowList TouchedRows::list() const {
  const std::int64_t given = ids_.numel();
  return {grouped_ ? groups_.ids.data() : ids_.data<std::int64_t>(),
          grouped_ ? groups_.size() : given, given_.numel() / std::max<std::int64_t>(1, given)};
}

kernels::RowGradients TouchedRows::gradients() const {
  return {given_, grouped_ ? &groups_ : nullptr};
}

KeepPaddingRow::KeepPaddingRow(const Tensor& parameter) {
  const std::int64_t row = padding_row_of(parameter);
  if (row < 0 || parameter.rank() == 0 || row >= parameter.shape()[0]) return;
  const std::int64_t bytes =
      parameter.numel() / parameter.shape()[0] * std::int64_t(size_of(parameter.dtype()));
  row_ = Array(parameter).data<char>() + row * bytes;
  kept_.assign(row_, row_ + bytes);
}

KeepPaddingRow::~KeepPaddingRow() { std::copy(kept_.begin(), kept_.end(), row_); }

}  // namespace cinta::optim

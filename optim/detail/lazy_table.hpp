#pragma once
// The rows of a parameter that an optimizer has left behind: who is behind, and who is brought up
// to date when.

#include <cinta/autograd/tensor.hpp>
#include <cinta/ops/kernels/loop/double_double.hpp>
#include <cinta/ops/kernels/optimizer/pending_steps.hpp>
#include <functional>
#include <mutex>

namespace cinta::optim {

/// A step with a row-sparse gradient changes every row of a dense computation: decay and momentum
/// go on where the gradient is zero. Here such rows wait, and the steps that they have missed are
/// done when somebody looks: a lookup catches up its rows, any other access to the elements all of
/// them, and so does destruction. What a missed step is, the optimizer knows (CatchUp).
///
/// Between steps, several threads may read the parameter; a step needs it for itself, as any write.
class LazyTable final : public AccessHook {
 public:
  /// Does for row i of the list (ids given, different) the steps from number since[i] on, counted
  /// from 0 since the last restart. Gets the parameter's elements; must not throw.
  using CatchUp = std::function<void(const Array& parameter, const kernels::RowList& rows,
                                     const std::uint32_t* since)>;

  explicit LazyTable(CatchUp catch_up) : catch_up_(std::move(catch_up)) {}
  ~LazyTable();
  LazyTable(const LazyTable&) = delete;
  LazyTable& operator=(const LazyTable&) = delete;

  /// Before a step on `parameter`: catches up what another optimizer left behind there, or what was
  /// left in elements that set_data has replaced since.
  void attach(const Tensor& parameter);

  /// What kernels of the step work on: not all rows of it are up to date.
  Array elements() const { return parameter_.impl()->array(); }
  /// Brings the rows of a step up to date.
  void catch_up(const kernels::RowList& rows);
  /// Takes the memory that advance() needs, so that it does not throw.
  void reserve();
  /// Counts a step that has been done on these rows only.
  void advance(const kernels::RowList& rows);
  /// Settles everything and counts from 0 again. Due when the record of the steps gets long.
  void restart();
  bool restart_due() const { return now_ >= longest_record(); }

  /// Around a step on these rows that multiplies all others by a number: keeps the sum of squares,
  /// once somebody has asked for it. Without both, or after any other write, it has to be computed
  /// again. The second is called when the step has raised the parameter's version.
  void before_scaling(const kernels::RowList& rows);
  void after_scaling(const kernels::RowList& rows, double scale);

  void all() override;
  void rows(const Array& table, const std::int64_t* ids, std::int64_t count) override;
  std::optional<double> sum_of_squares(const Array& table) override;

 private:
  std::uint32_t longest_record() const;
  bool is_whole(const Array& table) const;
  kernels::DoubleDouble squares_of(const kernels::RowList& rows) const;
  kernels::DoubleDouble constant_squares() const;
  void detach();
  void start_counting();
  void catch_up_all();
  void catch_up_rows(const std::int64_t* ids, std::int64_t count);
  void catch_up_behind();

  CatchUp catch_up_;
  Tensor parameter_;  // an alias that keeps the elements, whatever becomes of the parameter
  std::int64_t width_ = 0, padding_row_ = -1;
  std::mutex mutex_;
  bool behind_ = false;    // whether any row may be
  std::uint32_t now_ = 0;  // steps since the restart
  Ref<Storage> done_memory_;
  std::span<std::uint32_t> done_;  // of those, how many each row has done
  // The sum of squares of all rows as they would be, valid for one version of the elements. Of
  // more precision than they have, because differences of such sums add up over the steps.
  bool scales_only_ = false;  // whether the last step kept it, so that it is worth knowing
  kernels::DoubleDouble squares_, squares_before_;
  std::int64_t squares_version_ = -1;
  std::vector<std::int64_t> behind_ids_;  // scratch: rows to be brought up to date
  std::vector<std::uint32_t> behind_since_;
};

/// The rows that a row-sparse gradient has, each once, and what they get. Ids that come several
/// times are only grouped: adding their rows is left to the step, which reads them anyway.
class TouchedRows {
 public:
  explicit TouchedRows(const Tensor& gradient);

  kernels::RowList list() const;
  kernels::RowGradients gradients() const;

 private:
  Tensor ids_, given_;
  bool grouped_;
  kernels::RowGroups groups_;
};

/// Puts the row that lookups show as zero back as it was: steps and penalties do not change it.
class KeepPaddingRow {
 public:
  explicit KeepPaddingRow(const Tensor& parameter);
  ~KeepPaddingRow();
  KeepPaddingRow(KeepPaddingRow&&) = default;

 private:
  char* row_ = nullptr;
  std::vector<char> kept_;
};

}  // namespace cinta::optim

#pragma once
// Memory that tensors share, and the plain view of it that kernels work on.

#include <cinta/autograd/core/dtype.hpp>
#include <cinta/autograd/core/memory/intrusive.hpp>
#include <cinta/autograd/core/shape.hpp>
#include <cinta/autograd/core/site.hpp>
#include <functional>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

/// What wrote to memory last: the name of an operation (a literal) and where it was called.
struct Writer {
  const char* name = nullptr;
  Site site = {};
};

struct Array;

/// Stands between a storage and whoever reads or writes its elements: an optimizer that left rows
/// behind brings them up to date first (optim/detail/lazy_table.hpp), a tensor without elements
/// refuses.
class AccessHook {
 public:
  /// Called before any elements are used.
  virtual void all() = 0;
  /// Called before only these rows of `table`, which lies on the storage, are used.
  virtual void rows(const Array& table, const std::int64_t* ids, std::int64_t count) = 0;
  /// The sum of squares of `table`, if it is known without looking at the elements.
  virtual std::optional<double> sum_of_squares(const Array& table) = 0;

 protected:
  ~AccessHook() = default;
};

/// A counted block of 64-byte aligned memory. Header and data are one allocation of the pool.
/// The version counts writes after creation, so that a stale saved value can be noticed; the last
/// writer is there to be named then.
class alignas(64) Storage : public Counted {
 public:
  /// Memory for `bytes` bytes, not initialised.
  static Ref<Storage> create(std::size_t bytes);

  /// Wraps memory owned by someone else; `release`, if there is any, runs when the last tensor on
  /// it goes.
  static Ref<Storage> wrap(void* data, std::size_t bytes, std::function<void()> release);

  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  /// Whether somebody else owns the memory.
  bool wraps() const { return extras_ && extras_->wraps; }

  std::uint32_t version() const { return version_.load(std::memory_order_relaxed); }
  /// Every write to memory that a graph may have saved must be followed by this. `writer` goes
  /// into the error that a stale value causes; only the pointer is kept.
  void bump_version(const char* writer = "a write from outside", const Site& site = {}) {
    writer_.store(writer, std::memory_order_relaxed);
    file_.store(site.file, std::memory_order_relaxed);
    module_.store(site.module, std::memory_order_relaxed);
    line_.store(site.line, std::memory_order_relaxed);
    version_.fetch_add(1, std::memory_order_relaxed);
  }
  Writer last_writer() const;

  /// Whether a node has ever saved these elements.
  bool was_saved() const { return saved_.load(std::memory_order_relaxed); }
  void mark_saved() {
    if (!was_saved()) saved_.store(true, std::memory_order_relaxed);
  }

  /// Null for all but a few storages. Set and cleared where nobody else uses the storage.
  AccessHook* hook() const { return extras_ ? extras_->hook : nullptr; }
  void set_hook(AccessHook* hook);

  static void destroy(Storage* storage) noexcept;

 private:
  // What few storages need.
  struct Extras {
    bool wraps = false;             // memory that is not the pool's
    std::function<void()> release;  // may be empty
    AccessHook* hook = nullptr;
  };
  Storage(void* data, std::size_t bytes) : data_(data), bytes_(bytes) {}

  std::atomic<std::uint32_t> version_{0};
  void* data_;
  std::size_t bytes_;
  Extras* extras_ = nullptr;
  // The last writer. Threads may write to different parts of the memory at once.
  std::atomic<const char*> writer_{nullptr}, file_{nullptr}, module_{nullptr};
  std::atomic<unsigned> line_{0};
  std::atomic<bool> saved_{false};
};

/// What a kernel sees of a tensor: first element, sizes, strides (in elements), element type.
/// Borrowed: valid while the tensor that it was taken from lives.
struct Array {
  Array(void* first, const Shape& sizes, const Strides& steps, Dtype type)
      : Array(first, sizes, steps, type, sizes.numel(), cinta::is_contiguous(sizes, steps)) {}
  /// With what is known already of the elements' number and density.
  Array(void* first, const Shape& sizes, const Strides& steps, Dtype type, std::int64_t count,
        bool dense)
      : memory(first), shape(sizes), strides(steps), dtype(type), count_(count), dense_(dense) {}

  template <class T>
  T* data() const {
    return static_cast<T*>(memory);
  }
  std::int64_t numel() const { return count_; }
  bool is_contiguous() const { return dense_; }
  /// Whether there is one element only, maybe at every index.
  bool is_uniform() const {
    if (count_ == 1 || dense_) return count_ == 1;
    for (int i = 0; i < shape.rank(); ++i)
      if (shape[i] != 1 && strides[i] != 0) return false;
    return true;
  }

  void* memory;
  const Shape& shape;
  const Strides& strides;
  Dtype dtype;

 private:
  std::int64_t count_;
  bool dense_;
};

}  // namespace cinta
#pragma GCC visibility pop

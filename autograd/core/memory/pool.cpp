#include <pthread.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/memory/pool.hpp>
#include <limits>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace cinta {
namespace {

constexpr std::size_t alignment = 64;

// Blocks from here on are aligned to the pages that the processor likes best for so much memory,
// and the system is asked for such pages: they are faster to get and to address.
constexpr std::size_t huge_page = 2 * 1024 * 1024;

std::align_val_t alignment_of(std::size_t block) {
  return std::align_val_t(block >= 2 * huge_page ? huge_page : alignment);
}

// Size classes: every multiple of 64 up to 512, then four to a doubling, so that a block is at
// most a quarter larger than what was asked for. Elements come in powers of two with the header of
// their storage before them: large classes have room for both.
constexpr int small_steps = 8;
constexpr int class_count = small_steps + 4 * 40;

constexpr std::size_t header = 64, small_limit = 32 * 1024;

int class_of(std::size_t bytes) {
  if (bytes <= small_steps * alignment) return bytes == 0 ? 0 : int((bytes - 1) / alignment);
  if (bytes > small_limit) bytes = std::max(bytes - header, small_limit + 1);
  const int exponent = std::bit_width(bytes - 1) - 1;  // 2^exponent < bytes <= 2^(exponent + 1)
  const std::size_t quarter = (bytes - 1 - (std::size_t{1} << exponent)) >> (exponent - 2);
  return small_steps + 4 * (exponent - 9) + int(quarter);
}

constexpr std::size_t class_bytes(int index) {
  if (index < small_steps) return (index + 1) * alignment;
  const int exponent = 9 + (index - small_steps) / 4;
  const std::size_t bytes = (std::size_t{1} << (exponent - 2)) * (5 + (index - small_steps) % 4);
  return bytes > small_limit ? bytes + header : bytes;
}

// Blocks up to this size live in the per-thread caches and are carved from slabs.
constexpr int small_classes = small_steps + 4 * (15 - 9);
static_assert(class_bytes(small_classes - 1) == small_limit);
constexpr std::size_t slab_bytes = 256 * 1024;

struct FreeBlock {
  FreeBlock* next;
  // Of the first block of a list in the shared pool:
  FreeBlock* next_list;
  int count;
};

// Free blocks of one class. They may have left the caches long ago, so that none is touched before
// it is needed.
struct FreeList {
  FreeBlock* head = nullptr;
  int count = 0;

  void push(void* block) {
    FreeBlock* const next = head;
    head = new (block) FreeBlock;
    head->next = next;
    ++count;
  }
  void* pop() {
    FreeBlock* block = head;
    head = block->next;
    --count;
    return block;
  }
  /// Brings the next block, of `size` bytes, or its beginning, while the last one is being used.
  void prefetch(std::size_t size) const {
    const char* next = reinterpret_cast<const char*>(head);
    __builtin_prefetch(next, 1);
    if (size > 64) __builtin_prefetch(next + 64, 1);
    if (size > 128) __builtin_prefetch(next + 128, 1);
    if (size > 192) __builtin_prefetch(next + 192, 1);
  }
};

// How many blocks of a class are in a full list. A thread has up to two: whatever it does around
// the end of one, the shared pool is asked once in a list's length.
constexpr auto list_length = [] {
  std::array<int, small_classes> lengths{};
  for (int index = 0; index < small_classes; ++index) {
    const int fitting = int((64 * 1024) / class_bytes(index));
    lengths[std::size_t(index)] = fitting < 4 ? 4 : fitting;
  }
  return lengths;
}();

class Shared {
 public:
  // A list of blocks of a small class: one that a thread gave back, or a new one.
  FreeList take(int index) {
    const std::lock_guard lock(mutex_);
    const std::size_t size = class_bytes(index);
    FreeList list;
    if (FreeBlock* const first = small_[index]) {
      small_[index] = first->next_list;
      list = {first, first->count};
      cached_ -= std::int64_t(size) * list.count;
    } else {
      for (int wanted = list_length[index]; wanted > 0; --wanted) {
        if (slab_left_ < size) {
          if (list.head) break;  // enough to go on with; do not start a slab yet
          slab_ = static_cast<char*>(from_system(slab_bytes));
          slab_left_ = slab_bytes;
        }
        list.push(slab_);
        slab_ += size;
        slab_left_ -= size;
      }
    }
    use(std::int64_t(size) * list.count);
    return list;
  }

  void give_back(int index, FreeList list) {
    if (!list.head) return;
    const std::lock_guard lock(mutex_);
    const std::int64_t bytes = std::int64_t(class_bytes(index)) * list.count;
    list.head->next_list = small_[index];
    list.head->count = list.count;
    small_[index] = list.head;
    cached_ += bytes;
    in_use_ -= bytes;
  }

  void* allocate_large(int index) {
    const std::lock_guard lock(mutex_);
    const std::size_t size = class_bytes(index);
    void* block = nullptr;
    if (lists_[index].head) {
      block = lists_[index].pop();
      cached_ -= std::int64_t(size);
    } else {
      block = from_system(size);
    }
    use(std::int64_t(size));
    return block;
  }

  void deallocate_large(int index, void* block) {
    const std::lock_guard lock(mutex_);
    const std::size_t size = class_bytes(index);
    in_use_ -= std::int64_t(size);
    if (fits(size)) {
      lists_[index].push(block);
      cached_ += std::int64_t(size);
    } else {
      ::operator delete(block, alignment_of(size));
    }
  }

  // Around fork, whose child must not find the lists half changed by a thread that it does not
  // have.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

  void trim() {
    const std::lock_guard lock(mutex_);
    release_large();
  }
  void set_limit(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    limit_ = bytes;
    if (!fits(0)) release_large();
  }

  MemoryStats stats() {
    const std::lock_guard lock(mutex_);
    return {in_use_, peak_, cached_, system_allocations_};
  }
  void reset_peak() {
    const std::lock_guard lock(mutex_);
    peak_ = in_use_;
  }

 private:
  void use(std::int64_t bytes) {
    in_use_ += bytes;
    if (in_use_ > peak_) peak_ = in_use_;
  }

  bool fits(std::size_t more) const { return in_use_ + cached_ <= limit_ - std::int64_t(more); }

  void* from_system(std::size_t bytes) {
    ++system_allocations_;
    if (!fits(bytes)) release_large();
    void* block = ::operator new(bytes, alignment_of(bytes), std::nothrow);
    if (!block) {  // what is cached in other sizes may be what is missing
      release_large();
      block = ::operator new(bytes, alignment_of(bytes), std::nothrow);
      if (!block) throw MemoryError(bytes, in_use_);
    }
#ifdef MADV_HUGEPAGE
    if (bytes >= 2 * huge_page) madvise(block, bytes, MADV_HUGEPAGE);  // a wish, no more
#endif
    return block;
  }

  void release_large() {
    for (int index = small_classes; index < class_count; ++index) {
      while (lists_[index].head) {
        ::operator delete(lists_[index].pop(), alignment_of(class_bytes(index)));
        cached_ -= std::int64_t(class_bytes(index));
      }
    }
  }

  std::mutex mutex_;
  std::array<FreeBlock*, small_classes> small_{};  // lists
  std::array<FreeList, class_count> lists_;        // of large blocks
  char* slab_ = nullptr;
  std::size_t slab_left_ = 0;
  std::int64_t in_use_ = 0, peak_ = 0, cached_ = 0, system_allocations_ = 0;
  std::int64_t limit_ = std::numeric_limits<std::int64_t>::max();
};

// Never destroyed: tensors in static variables are freed after main has returned.
Shared& shared() {
  static Shared* const instance = [] {
    pthread_atfork([] { shared().lock(); }, [] { shared().unlock(); }, [] { shared().unlock(); });
    return new Shared;
  }();
  return *instance;
}

struct ThreadCache {
  // Blocks come from and go to the first list. The second is empty or full.
  struct Lists {
    FreeList first, second;
  };
  std::array<Lists, small_classes> lists;
  ~ThreadCache();
};

// Null before a thread's first allocation and after its cache is gone; a plain pointer, so that
// the fast path needs no initialisation guard.
thread_local constinit ThreadCache* cache = nullptr;
thread_local constinit bool cache_gone = false;

ThreadCache::~ThreadCache() {
  for (int index = 0; index < small_classes; ++index) {
    shared().give_back(index, lists[index].first);
    shared().give_back(index, lists[index].second);
  }
  cache = nullptr;
  cache_gone = true;
}

ThreadCache* start_cache() {
  if (cache_gone) return nullptr;  // the thread is ending
  static thread_local ThreadCache instance;
  return cache = &instance;
}

}  // namespace

MemoryStats memory_stats() { return shared().stats(); }
void reset_peak_memory() { shared().reset_peak(); }
void empty_cache() { shared().trim(); }
void set_memory_limit(std::int64_t bytes) {
  if (bytes < 0)
    throw ValueError("set_memory_limit: needs a number of bytes, got " + std::to_string(bytes));
  shared().set_limit(bytes);
}

namespace pool {

#ifdef CINTA_SANITIZED
constexpr bool enabled = false;
#else
constexpr bool enabled = true;
#endif

namespace {

[[gnu::noinline]] void* allocate_any(std::size_t bytes) {
  const int index = class_of(bytes);
  if (index >= class_count) throw MemoryError(bytes, shared().stats().in_use);
  if (index >= small_classes) return shared().allocate_large(index);
  ThreadCache* mine = cache ? cache : start_cache();
  if (!mine) {
    FreeList list = shared().take(index);
    void* block = list.pop();
    shared().give_back(index, list);
    return block;
  }
  auto& [first, second] = mine->lists[index];
  if (!first.head) first = second.head ? std::exchange(second, {}) : shared().take(index);
  return first.pop();
}

[[gnu::noinline]] void deallocate_any(void* block, std::size_t bytes) noexcept {
  const int index = class_of(bytes);
  if (index >= small_classes) return shared().deallocate_large(index, block);
  ThreadCache* mine = cache ? cache : start_cache();
  if (!mine) {
    FreeList one;
    one.push(block);
    return shared().give_back(index, one);
  }
  auto& [first, second] = mine->lists[index];
  if (first.count == list_length[index]) {
    shared().give_back(index, second);
    second = std::exchange(first, {});
  }
  first.push(block);
}

// Of tensors, nodes and few elements, in a thread that has allocated before; 0 is none.
bool is_quick(std::size_t bytes) { return bytes - 1 < small_steps * alignment && cache; }
FreeList& quick_list(std::size_t bytes) { return cache->lists[(bytes - 1) / alignment].first; }

}  // namespace

void* allocate(std::size_t bytes) {
  if (!enabled) {
    void* block = ::operator new(bytes, std::align_val_t(alignment), std::nothrow);
    if (!block) throw MemoryError(bytes, 0);
    return block;
  }
  if (is_quick(bytes)) [[likely]] {
    FreeList& list = quick_list(bytes);
    if (list.head) [[likely]] {
      void* block = list.pop();
      list.prefetch(bytes);
      return block;
    }
  }
  return allocate_any(bytes);
}

void deallocate(void* block, std::size_t bytes) noexcept {
  if (!enabled) return ::operator delete(block, std::align_val_t(alignment));
  if (is_quick(bytes)) [[likely]] {
    FreeList& list = quick_list(bytes);
    if (list.count < list_length[(bytes - 1) / alignment]) [[likely]]
      return list.push(block);
  }
  deallocate_any(block, bytes);
}

}  // namespace pool
}  // namespace cinta

#include <cinta/autograd/core/memory/pool.hpp>
#include <cinta/autograd/core/memory/storage.hpp>
#include <new>

namespace cinta {

static_assert(sizeof(Storage) == 64, "the data that follows must stay aligned to a cache line");

Ref<Storage> Storage::create(std::size_t bytes) {
  void* block = pool::allocate(sizeof(Storage) + bytes);
  return Ref<Storage>::adopt(new (block)
                                 Storage(static_cast<char*>(block) + sizeof(Storage), bytes));
}

Ref<Storage> Storage::wrap(void* data, std::size_t bytes, std::function<void()> release) {
  Ref<Storage> storage = create(0);
  storage->extras_ = new Extras{true, std::move(release)};
  storage->data_ = data;
  storage->bytes_ = bytes;
  return storage;
}

Writer Storage::last_writer() const {
  return {writer_.load(std::memory_order_relaxed),
          Site(file_.load(std::memory_order_relaxed), line_.load(std::memory_order_relaxed),
               module_.load(std::memory_order_relaxed))};
}

void Storage::set_hook(AccessHook* hook) {
  if (!extras_) extras_ = new Extras;
  extras_->hook = hook;
}

void Storage::destroy(Storage* storage) noexcept {
  std::size_t owned = storage->bytes_;
  if (storage->extras_) {
    if (storage->extras_->wraps) owned = 0;
    if (storage->extras_->release) storage->extras_->release();
    delete storage->extras_;
  }
  storage->~Storage();
  pool::deallocate(storage, sizeof(Storage) + owned);
}

}  // namespace cinta

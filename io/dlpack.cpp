#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/from_blob.hpp>
#include <cinta/io/detail/dlpack_abi.hpp>
#include <cinta/io/detail/elements.hpp>
#include <cinta/io/dlpack.hpp>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cinta::io {
namespace {

namespace dlpack = detail::dlpack;
using detail::ElementType;

// ---- out

/// What a consumer holds: the tensor, and the arrays that the view points to.
template <class Managed>
struct Export {
  Tensor tensor;
  std::vector<std::int64_t> shape, strides;
  Managed managed = {};
};

DLDataType type_of(Dtype dtype) {
  const auto code = dtype == boolean ? dlpack::boolean
                    : dtype == int64 ? dlpack::integer
                                     : dlpack::floating;
  return {code, static_cast<std::uint8_t>(8 * size_of(dtype)), 1};
}

template <class Managed>
Managed* exported(const Tensor& x, const Site& site) {
  if (!x.defined()) throw ValueError("to_dlpack: the tensor is undefined", site);
  if (x.requires_grad())
    throw GraphError(
        "to_dlpack: the tensor requires gradients, and what others compute is not recorded; pass "
        "x.detach()",
        site);
  const Array array(x);
  auto made = std::make_unique<Export<Managed>>();
  made->tensor = x;
  made->shape.assign(array.shape.begin(), array.shape.end());
  made->strides.assign(array.strides.begin(), array.strides.end());
  Managed& managed = made->managed;
  managed.dl_tensor = {array.memory,
                       {dlpack::cpu, 0},
                       array.shape.rank(),
                       type_of(array.dtype),
                       made->shape.data(),
                       made->strides.data(),
                       0};
  managed.manager_ctx = made.get();
  managed.deleter = [](Managed* self) { delete static_cast<Export<Managed>*>(self->manager_ctx); };
  return &made.release()->managed;
}

// ---- in

/// Calls the deleter once, whatever happens.
template <class Managed>
class Owner {
 public:
  explicit Owner(Managed* managed) : managed_(managed) {}
  ~Owner() { release(); }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  void release() { free_dlpack(std::exchange(managed_, nullptr)); }

 private:
  Managed* managed_;
};

/// None for a type that not even a copy can be made of.
std::optional<ElementType> element_type(const DLDataType& type) {
  const char kinds[] = {'i', 'u', 'f', 0, 'B', 0, 'b'};
  const char kind = type.code < sizeof kinds ? kinds[type.code] : '\0';
  const std::size_t bytes = type.bits / 8u;
  if (!kind || type.lanes != 1 || type.bits % 8 != 0) return std::nullopt;
  const auto known = detail::element_type_named(ElementType{kind, bytes}.name());
  return known && known->bytes == bytes ? known : std::nullopt;
}

std::string name_of_type(const DLDataType& type) {
  constexpr const char* names[] = {"int", "uint", "float", "opaque", "bfloat", "complex", "bool"};
  std::string name = type.code < std::size(names) ? names[type.code]
                                                  : "type " + std::to_string(type.code) + " of ";
  name += std::to_string(type.bits);
  return type.lanes == 1 ? name : name + "x" + std::to_string(type.lanes);
}

/// The elements of a producer's tensor, checked as far as one can without its memory's size.
struct Import {
  char* first;
  Shape shape;
  Strides strides;
  ElementType type;

  Import(const DLTensor& t, const Site& site) {
    const auto refuse = [&](const std::string& why) {
      throw ValueError("from_dlpack: " + why, site);
    };
    if (t.device.device_type != dlpack::cpu)
      refuse("the tensor is on device " + std::to_string(t.device.device_type) + ":" +
             std::to_string(t.device.device_id) + ", not on the CPU (1); move it there first");
    if (t.ndim < 0 || t.ndim > 64 || (t.ndim > 0 && !t.shape))
      refuse("malformed: " + std::to_string(t.ndim) + " axes" + (t.shape ? "" : " without sizes"));
    const std::optional<ElementType> known = element_type(t.dtype);
    if (!known)
      throw DtypeError("from_dlpack: " + name_of_type(t.dtype) +
                           " is not supported; bool, integers of 8 to 64 bits, float16, bfloat16, "
                           "float32 and float64 are",
                       site);
    type = *known;
    shape = Shape(std::span<const std::int64_t>(t.shape, std::size_t(t.ndim)));
    checked_bytes("from_dlpack", shape, float64, site);
    strides = t.strides ? Strides(std::span<const std::int64_t>(t.strides, std::size_t(t.ndim)))
                        : contiguous_strides(shape);
    // Of axes that are not walked along producers leave anything there.
    for (int i = 0; i < shape.rank(); ++i)
      if (shape[i] <= 1) strides[i] = 1;
    if (shape.numel() > 0 && !t.data) refuse("malformed: elements, but no memory");
    first = static_cast<char*>(t.data) + (t.data ? t.byte_offset : 0);
  }

  /// Calls f(first element, step in bytes, count, index of the first) for each row.
  template <class F>
  void for_each_row(F f) const {
    if (shape.numel() == 0) return;
    const int rank = shape.rank(), last = rank - 1;
    const auto bytes = static_cast<std::int64_t>(type.bytes);
    const std::int64_t count = rank ? shape[last] : 1, step = rank ? strides[last] * bytes : bytes;
    std::vector<std::int64_t> index(std::size_t(rank), 0);
    const char* row = first;
    for (std::int64_t done = 0; done < shape.numel(); done += count) {
      f(row, step, count, done);
      for (int axis = last - 1; axis >= 0; --axis) {
        row += strides[axis] * bytes;
        if (++index[std::size_t(axis)] < shape[axis]) break;
        row -= shape[axis] * strides[axis] * bytes;
        index[std::size_t(axis)] = 0;
      }
    }
  }

  Tensor copy(const Site& site) const {
    Tensor out = empty(shape, type.dtype());
    char* const to = static_cast<char*>(Array(out).memory);
    for_each_row([&](const char* row, std::int64_t step, std::int64_t n, std::int64_t done) {
      const std::int64_t fitted =
          detail::decode(type, row, step, n, to + done * std::int64_t(size_of(out.dtype())));
      if (fitted < n)
        throw ValueError("from_dlpack: element " + std::to_string(done + fitted) +
                             ", a uint64, is more than int64 holds",
                         site);
    });
    return out;
  }

  void check_shareable(bool read_only, const Site& site) const {
    const std::string advice = "; pass {.copy = true} for a copy";
    if (!type.is_own() && type.kind != 'b')
      throw DtypeError("from_dlpack: " + type.name() +
                           " cannot be shared, float32, float64, int64 and bool can" + advice +
                           " as " + name_of(type.dtype()),
                       site);
    if (read_only)
      throw ValueError("from_dlpack: the memory is read-only" + advice +
                           ", or {.read_only = true} if nothing will write to the tensor",
                       site);
    bool aligned = reinterpret_cast<std::uintptr_t>(first) % type.bytes == 0, clean = true;
    if (shape.numel() > 0 && !aligned)
      throw ValueError("from_dlpack: the elements are not aligned to their " +
                           std::to_string(type.bytes) + " bytes" + advice,
                       site);
    if (type.kind == 'b')
      for_each_row([&](const char* row, std::int64_t step, std::int64_t n, std::int64_t) {
        for (std::int64_t i = 0; i < n; ++i) clean = clean && (row[i * step] & ~1) == 0;
      });
    if (!clean) throw ValueError("from_dlpack: a bool is neither 0 nor 1" + advice, site);
  }
};

template <class Managed>
Tensor imported(Managed* managed, bool read_only, FromDlpackOptions options, const Site& site) {
  const auto owner = std::make_shared<Owner<Managed>>(managed);
  const Import import(managed->dl_tensor, site);
  if (options.copy) return import.copy(site);
  import.check_shareable(read_only && !options.read_only, site);
  return from_blob(
      import.first, import.shape, import.strides, import.type.dtype(),
      [owner] { owner->release(); }, site);
}

template <class Managed>
void check_given(Managed* managed, const Site& site) {
  if (!managed) throw ValueError("from_dlpack: a null pointer", site);
}

}  // namespace

DLManagedTensor* to_dlpack(const Tensor& x, Site site) {
  return exported<DLManagedTensor>(x, site);
}

DLManagedTensorVersioned* to_dlpack_versioned(const Tensor& x, ToDlpackOptions options, Site site) {
  DLManagedTensorVersioned* managed = exported<DLManagedTensorVersioned>(x, site);
  managed->version = dlpack::version;
  managed->flags = options.read_only ? dlpack::flag_read_only : 0;
  return managed;
}

Tensor from_dlpack(DLManagedTensor* managed, FromDlpackOptions options, Site site) {
  check_given(managed, site);
  return imported(managed, false, options, site);
}

Tensor from_dlpack(DLManagedTensorVersioned* managed, FromDlpackOptions options, Site site) {
  check_given(managed, site);
  // Of another version nothing but the deleter's place is known.
  if (const DLPackVersion version = managed->version; version.major != dlpack::version.major) {
    free_dlpack(managed);
    throw ValueError("from_dlpack: DLPack " + std::to_string(version.major) + "." +
                         std::to_string(version.minor) +
                         " is not understood; ask the producer for max_version=(1, 0)",
                     site);
  }
  return imported(managed, (managed->flags & dlpack::flag_read_only) != 0, options, site);
}

void free_dlpack(DLManagedTensor* managed) noexcept {
  if (managed && managed->deleter) managed->deleter(managed);
}
void free_dlpack(DLManagedTensorVersioned* managed) noexcept {
  if (managed && managed->deleter) managed->deleter(managed);
}

}  // namespace cinta::io

#pragma once
// DLPack's ABI, as https://dmlc.github.io/dlpack/latest/ lays it down: versions 0 and 1. Debian's
// libdlpack-dev is 0.6, which knows nothing of the second. Never beside <dlpack/dlpack.h>.

#include <cstdint>

struct DLDevice {
  std::int32_t device_type, device_id;
};

struct DLDataType {
  std::uint8_t code, bits;
  std::uint16_t lanes;
};

struct DLTensor {
  void* data;
  DLDevice device;
  std::int32_t ndim;
  DLDataType dtype;
  std::int64_t* shape;
  std::int64_t* strides;  // in elements; null: row-major without gaps
  std::uint64_t byte_offset;
};

struct DLManagedTensor {
  DLTensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(DLManagedTensor*);
};

struct DLPackVersion {
  std::uint32_t major, minor;
};

struct DLManagedTensorVersioned {
  DLPackVersion version;
  void* manager_ctx;
  void (*deleter)(DLManagedTensorVersioned*);
  std::uint64_t flags;
  DLTensor dl_tensor;
};

namespace cinta::io::detail::dlpack {

enum DeviceType : std::int32_t { cpu = 1 };
enum TypeCode : std::uint8_t {
  integer = 0,
  unsigned_integer = 1,
  floating = 2,
  bfloat = 4,
  complex = 5,
  boolean = 6
};
inline constexpr std::uint64_t flag_read_only = 1, flag_is_copied = 2;
inline constexpr DLPackVersion version{1, 0};

}  // namespace cinta::io::detail::dlpack

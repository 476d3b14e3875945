// io/dlpack without another library: what is handed out, what is taken, and who frees it when.

#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/io/detail/dlpack_abi.hpp>
#include <cinta/io/dlpack.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cmath>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

constexpr DLDataType f32{2, 32, 1}, f64{2, 64, 1}, i64{0, 64, 1}, b8{6, 8, 1};

/// A producer that counts how often it is told that its memory is free.
template <class Managed>
struct Producer {
  template <class T>
  Producer(std::vector<T> values, std::vector<std::int64_t> sizes, DLDataType type,
           std::vector<std::int64_t> steps = {}, std::uint64_t offset = 0)
      : bytes(values.size() * sizeof(T)), shape(std::move(sizes)), strides(std::move(steps)) {
    if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    managed.dl_tensor = {bytes.data(), {1, 0},       int(shape.size()),
                         type,         shape.data(), strides.empty() ? nullptr : strides.data(),
                         offset};
    managed.manager_ctx = this;
    managed.deleter = [](Managed* self) { ++static_cast<Producer*>(self->manager_ctx)->deleted; };
    if constexpr (std::is_same_v<Managed, DLManagedTensorVersioned>) managed.version = {1, 0};
  }
  Producer(const Producer&) = delete;

  std::vector<char> bytes;
  std::vector<std::int64_t> shape, strides;
  int deleted = 0;
  Managed managed = {};
};
using Old = Producer<DLManagedTensor>;
using New = Producer<DLManagedTensorVersioned>;

/// The error of taking it; the deleter has run just once.
template <class P>
std::string refusal(P& p, io::FromDlpackOptions options = {}) {
  std::string text = error_of([&] { io::from_dlpack(&p.managed, options, Site("t.cpp", 1)); });
  CHECK(p.deleted == 1);
  return text;
}
const std::string at = " [t.cpp:1]";

}  // namespace

TEST_CASE("dlpack: a tensor is handed out with its memory, shape and strides, and lives on") {
  Tensor x = from_data<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  const Tensor columns = as_strided(x, {2, 2}, {1, 3}, 1);
  DLManagedTensor* const managed = io::to_dlpack(columns);
  const DLTensor& t = managed->dl_tensor;
  CHECK(t.data == x.data<float>() + 1);
  CHECK(t.byte_offset == 0);
  CHECK((t.device.device_type == 1 && t.device.device_id == 0));
  CHECK((t.dtype.code == 2 && t.dtype.bits == 32 && t.dtype.lanes == 1));
  CHECK((t.ndim == 2 && t.shape[0] == 2 && t.shape[1] == 2));
  CHECK((t.strides[0] == 1 && t.strides[1] == 3));
  const Ref<Storage> storage = x.storage();
  x = Tensor();
  CHECK_FALSE(storage->unique());
  CHECK(static_cast<float*>(t.data)[3] == 5);
  std::thread([&] { io::free_dlpack(managed); }).join();  // whoever is last
}

TEST_CASE("dlpack: every dtype, rank 0, none and an empty tensor") {
  const auto type = [](const Tensor& x) {
    DLManagedTensorVersioned* const managed = io::to_dlpack_versioned(x);
    const DLDataType dtype = managed->dl_tensor.dtype;
    CHECK((managed->version.major == 1 && managed->flags == 0));
    CHECK(managed->dl_tensor.ndim == x.rank());
    const Tensor back = io::from_dlpack(managed);
    CHECK(back.spec() == x.spec());
    CHECK(Array(back).memory == Array(x).memory);
    return std::pair<int, int>(dtype.code, dtype.bits);
  };
  CHECK(type(ones({2}, float32)) == std::pair(2, 32));
  CHECK(type(ones({2, 2}, float64)) == std::pair(2, 64));
  CHECK(type(ones({}, int64)) == std::pair(0, 64));
  CHECK(type(ones({3}, boolean)) == std::pair(6, 8));
  CHECK(type(ones({0, 3})) == std::pair(2, 32));
}

TEST_CASE("dlpack: read-only is asked for by a flag, and honoured unless one vouches") {
  DLManagedTensorVersioned* managed = io::to_dlpack_versioned(ones({2}), {.read_only = true});
  CHECK(managed->flags == 1);
  CHECK(error_of([&] { io::from_dlpack(managed, {}, Site("t.cpp", 1)); }) ==
        "from_dlpack: the memory is read-only; pass {.copy = true} for a copy, or {.read_only = "
        "true} if nothing will write to the tensor" +
            at);
  const Tensor x = ones({2});
  managed = io::to_dlpack_versioned(x, {.read_only = true});
  CHECK(Array(io::from_dlpack(managed, {.read_only = true})).memory == Array(x).memory);
  managed = io::to_dlpack_versioned(x, {.read_only = true});
  CHECK(Array(io::from_dlpack(managed, {.copy = true})).memory != Array(x).memory);
}

TEST_CASE("dlpack: what needs gradients, or is undefined, is not handed out") {
  const Tensor w = ones({2}).requires_grad_();
  const Site site("t.cpp", 1);
  const std::string text =
      "to_dlpack: the tensor requires gradients, and what others compute is not recorded; pass "
      "x.detach()" +
      at;
  CHECK(error_of([&] { io::to_dlpack(w, site); }) == text);
  CHECK(error_of([&] { io::to_dlpack_versioned(w * w, {}, site); }) == text);
  CHECK(error_of([&] { io::to_dlpack(Tensor(), site); }) ==
        "to_dlpack: the tensor is undefined" + at);
  io::free_dlpack(io::to_dlpack(w.detach()));
  io::free_dlpack(static_cast<DLManagedTensor*>(nullptr));
}

TEST_CASE("dlpack: another's memory is shared: strides that are null, offsets, views") {
  Old p(std::vector<double>{0, 1, 2, 3, 4, 5, 6}, {2, 3}, f64, {}, 8);
  {
    Tensor x = io::from_dlpack(&p.managed);
    CHECK(x.to_vector<double>() == std::vector<double>{1, 2, 3, 4, 5, 6});
    CHECK(x.is_contiguous());
    x.data<double>()[0] = 10;
    CHECK(reinterpret_cast<double*>(p.bytes.data())[1] == 10);
    const Tensor part = as_strided(x, {2}, {3});
    x = Tensor();
    CHECK(p.deleted == 0);
    CHECK(part.to_vector<double>() == std::vector<double>{10, 4});
  }
  CHECK(p.deleted == 1);
}

TEST_CASE("dlpack: strides of every kind, and operations on what is shared") {
  Old columns(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}, f32, {1, 2});
  CHECK((io::from_dlpack(&columns.managed) * 2).to_vector<float>() ==
        std::vector<float>{2, 6, 10, 4, 8, 12});
  CHECK(columns.deleted == 1);
  Old backwards(std::vector<std::int64_t>{1, 2, 3}, {3}, i64, {-1}, 16);
  CHECK(io::from_dlpack(&backwards.managed).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{3, 2, 1});
  Old repeated(std::vector<float>{7}, {4}, f32, {0});
  CHECK(sum(io::from_dlpack(&repeated.managed)).item() == 28);
  Old thin(std::vector<float>{1, 2}, {1, 2}, f32, {std::int64_t{1} << 60, 1});
  CHECK(io::from_dlpack(&thin.managed).to_vector<float>() == std::vector<float>{1, 2});
  CHECK(io::from_dlpack(&thin.managed).strides() == Strides{1, 1});  // which nobody walks along
  Old scalar(std::vector<double>{5}, {}, f64);
  CHECK(io::from_dlpack(&scalar.managed).item() == 5);
  Old nothing(std::vector<double>{}, {0, 3}, f64);
  nothing.managed.dl_tensor.data = nullptr;
  CHECK(io::from_dlpack(&nothing.managed).shape() == Shape{0, 3});
  CHECK(nothing.deleted == 1);
  Old flags(std::vector<char>{1, 0}, {2}, b8);
  CHECK(io::from_dlpack(&flags.managed).to_vector<bool>() == std::vector<bool>{true, false});
  New with_version(std::vector<float>{1}, {1}, f32);
  with_version.managed.version.minor = 3;  // which may only add
  CHECK(io::from_dlpack(&with_version.managed).item() == 1);
  CHECK(with_version.deleted == 1);
  Old unmanaged(std::vector<float>{1}, {1}, f32);
  unmanaged.managed.deleter = nullptr;
  CHECK(io::from_dlpack(&unmanaged.managed).item() == 1);
}

TEST_CASE("dlpack: other types are copied on request") {
  const auto copied = [](auto&& p) {
    Tensor x = io::from_dlpack(&p.managed, {.copy = true});
    CHECK(p.deleted == 1);
    return x;
  };
  CHECK(copied(Old(std::vector<std::int32_t>{-1, 2, 3, 4}, {2, 2}, {0, 32, 1}, {1, 2}))
            .to_vector<std::int64_t>() == std::vector<std::int64_t>{-1, 3, 2, 4});
  CHECK(copied(Old(std::vector<std::uint8_t>{255, 1}, {2}, {1, 8, 1})).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{255, 1});
  CHECK(
      copied(Old(std::vector<std::uint16_t>{0x3C00, 0xC000}, {2}, {2, 16, 1})).to_vector<float>() ==
      std::vector<float>{1, -2});
  CHECK(
      copied(Old(std::vector<std::uint16_t>{0x3F80, 0xC000}, {2}, {4, 16, 1})).to_vector<float>() ==
      std::vector<float>{1, -2});
  CHECK(copied(Old(std::vector<char>{2, 0}, {2}, b8)).to_vector<bool>() ==
        std::vector<bool>{true, false});
  std::vector<char> shifted(1 + sizeof(double));
  const double value = 1.25;
  std::memcpy(&shifted[1], &value, sizeof value);
  CHECK(copied(Old(shifted, {1}, f64, {}, 1)).item() == 1.25);
  CHECK(copied(Old(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}, {2, 2, 2}, f32, {1, 4, 2}))
            .to_vector<float>() == std::vector<float>{1, 3, 5, 7, 2, 4, 6, 8});
}

TEST_CASE("dlpack: every refusal calls the deleter once") {
  const auto old = [](std::vector<float> values, std::vector<std::int64_t> shape, DLDataType type) {
    return std::make_unique<Old>(std::move(values), std::move(shape), type);
  };
  const std::string advice = "; pass {.copy = true} for a copy";
  auto p = old({1, 2}, {2}, f32);
  p->managed.dl_tensor.device = {2, 1};
  CHECK(refusal(*p) ==
        "from_dlpack: the tensor is on device 2:1, not on the CPU (1); move it there first" + at);
  p = old({1, 2}, {2}, {2, 16, 1});
  CHECK(refusal(*p) ==
        "from_dlpack: float16 cannot be shared, float32, float64, int64 and bool can" + advice +
            " as float32" + at);
  p = old({1, 2}, {2}, {0, 32, 1});
  CHECK(refusal(*p) == "from_dlpack: int32 cannot be shared, float32, float64, int64 and bool can" +
                           advice + " as int64" + at);
  p = old({1, 2}, {1}, {1, 64, 1});
  CHECK(refusal(*p) ==
        "from_dlpack: uint64 cannot be shared, float32, float64, int64 and bool can" + advice +
            " as int64" + at);
  const std::string known =
      " is not supported; bool, integers of 8 to 64 bits, float16, bfloat16, float32 and float64 "
      "are" +
      at;
  const std::pair<DLDataType, std::string> others[] = {
      {{5, 64, 1}, "complex64"}, {{2, 32, 4}, "float32x4"},  {{3, 64, 1}, "opaque64"},
      {{0, 4, 1}, "int4"},       {{7, 8, 1}, "type 7 of 8"}, {{2, 0, 1}, "float0"},
      {{2, 128, 1}, "float128"}, {{4, 32, 1}, "bfloat32"},   {{6, 1, 1}, "bool1"},
      {{6, 32, 1}, "bool32"},    {{2, 8, 1}, "float8"}};
  for (const auto& [type, name] : others)
    for (const bool copy : {false, true}) {
      p = old({1, 2}, {2}, type);
      CHECK(refusal(*p, {.copy = copy}) == "from_dlpack: " + name + known);
    }
  p = old({1}, {std::int64_t{1} << 40, std::int64_t{1} << 40}, f32);
  CHECK_THAT(refusal(*p), StartsWith("from_dlpack: "));
  p = old({1}, {-1}, f32);
  CHECK_THAT(refusal(*p), StartsWith("from_dlpack: "));
  Old far(std::vector<float>{1}, {3}, f32, {INT64_MAX / 2});
  CHECK_THAT(refusal(far), ContainsSubstring("strides"));
  p = old({1}, {1}, f32);
  p->managed.dl_tensor.data = nullptr;
  CHECK(refusal(*p) == "from_dlpack: malformed: elements, but no memory" + at);
  p = old({1}, {1}, f32);
  p->managed.dl_tensor.shape = nullptr;
  CHECK(refusal(*p) == "from_dlpack: malformed: 1 axes without sizes" + at);
  p = old({1}, {1}, f32);
  p->managed.dl_tensor.ndim = -1;
  CHECK(refusal(*p) == "from_dlpack: malformed: -1 axes" + at);
  p = old({1, 2}, {1}, f32);
  p->managed.dl_tensor.byte_offset = 2;
  CHECK(refusal(*p) == "from_dlpack: the elements are not aligned to their 4 bytes" + advice + at);
  Old flags(std::vector<char>{0, 2}, {2}, b8);
  CHECK(refusal(flags) == "from_dlpack: a bool is neither 0 nor 1" + advice + at);
  Old large(std::vector<std::uint64_t>{1, ~0ull}, {2}, {1, 64, 1});
  CHECK(refusal(large, {.copy = true}) ==
        "from_dlpack: element 1, a uint64, is more than int64 holds" + at);
  New future(std::vector<float>{1}, {1}, f32);
  future.managed.version = {2, 1};
  future.managed.dl_tensor.ndim = -5;  // whatever it may mean there
  CHECK(refusal(future) ==
        "from_dlpack: DLPack 2.1 is not understood; ask the producer for max_version=(1, 0)" + at);
  CHECK(error_of([] {
          io::from_dlpack(static_cast<DLManagedTensor*>(nullptr), {}, Site("t.cpp", 1));
        }) == "from_dlpack: a null pointer" + at);
}

#include <cinta/autograd/pool.hpp>
#include <cinta/ops/kernels/elementwise.hpp>
#include <cinta/ops/kernels/map_walk.hpp>
#include <cinta/ops/kernels/past_caches.hpp>
#include <cstring>

namespace cinta::kernels {
namespace {

// Bytes of an operand that a code of several steps computes at a time: enough to make the calls
// cheap, few enough to keep some ten operands in half of the first cache (the other half holds
// what is fetched ahead).
constexpr std::int64_t block_bytes = 2048;

// Where an operand of the next block lies.
struct Place {
  char* memory;
  bool constant;
};

// Memory for blocks and places: on the stack unless it is much.
class Scratch {
 public:
  explicit Scratch(std::size_t bytes) : bytes_(bytes) {
    if (bytes > sizeof near_) memory_ = static_cast<char*>(pool::allocate(bytes));
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (memory_ != near_) pool::deallocate(memory_, bytes_);
  }
  char* memory() { return memory_; }

 private:
  std::size_t bytes_;
  char* memory_ = near_;
  alignas(64) char near_[12 * 1024];
};

std::int64_t unit_of(const Array& array) { return std::int64_t(size_of(array.dtype)); }

template <int size>
void copy_elements(char* to, std::int64_t to_step, const char* from, std::int64_t from_step,
                   std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) std::memcpy(to + i * to_step, from + i * from_step, size);
}

// Copies n elements of `unit` bytes from one row to another.
void copy_elements(std::int64_t unit, char* to, std::int64_t to_step, const char* from,
                   std::int64_t from_step, std::int64_t n) {
  if (unit == 1) return copy_elements<1>(to, to_step, from, from_step, n);
  if (unit == 4) return copy_elements<4>(to, to_step, from, from_step, n);
  return copy_elements<8>(to, to_step, from, from_step, n);
}

void run_step(const Step& step, const Place* places, std::int64_t n, bool around) {
  const void* x[most_inputs];
  unsigned flags = around ? past_caches : 0;
  for (int k = 0; k < most_inputs; ++k) {
    x[k] = places[step.x[k]].memory;
    flags |= unsigned(places[step.x[k]].constant) << k;
  }
  step.row(places[step.y].memory, x, flags, n);
}

// A code on arrays of which each has one step (in bytes) between its elements.
struct Loop {
  const Code& code;
  std::span<const Array> arrays;
  const std::int64_t* steps;
  std::int64_t buffers = 0;  // arrays that pass through a block: neither dense nor constant
  std::int64_t widest;       // bytes of an element
  bool large;                // the outputs are dense and no cache holds them

  Loop(const Code& c, std::span<const Array> a, const std::int64_t* s, bool l)
      : code(c), arrays(a), steps(s), widest(unit_of(a[0])), large(l) {
    for (std::size_t k = 0; k < arrays.size(); ++k) {
      if (direct(k)) continue;
      ++buffers;
      widest = std::max(widest, unit_of(arrays[k]));
    }
  }

  bool constant(std::size_t k) const { return steps[k] == 0; }
  bool direct(std::size_t k) const { return constant(k) || steps[k] == unit_of(arrays[k]); }

  // Computes n elements, the first of which are at `first`.
  void operator()(char* const* first, std::int64_t n) const {
    compute(first, n);
    if (large) finish_past_caches();
  }

 private:
  void compute(char* const* first, std::int64_t n) const {
    if (code.steps.size() == 1 && buffers == 0 && code.constant_count == 0) {
      Place places[most_inputs + 1];
      for (std::size_t k = 0; k < arrays.size(); ++k) places[k] = {first[k], constant(k)};
      return run_step(code.steps[0], places, n, large);
    }
    const std::int64_t block = std::min(n, block_bytes / widest);
    const std::size_t room = std::size_t(block * widest + 63) / 64 * 64;
    const std::size_t count =
        arrays.size() + std::size_t(code.constant_count) + std::size_t(code.registers);
    const std::size_t place_bytes = (count * sizeof(Place) + 63) / 64 * 64;
    Scratch scratch(place_bytes + room * std::size_t(code.registers + buffers));
    Place* const places = reinterpret_cast<Place*>(scratch.memory());
    char* free = scratch.memory() + place_bytes;
    const auto take = [&] { return std::exchange(free, free + room); };
    Place* place = places;
    for (std::size_t k = 0; k < arrays.size(); ++k)
      *place++ = {direct(k) ? first[k] : take(), constant(k)};
    for (int k = 0; k < code.constant_count; ++k)
      *place++ = {static_cast<char*>(const_cast<void*>(code.constants)) + k * unit_of(arrays[0]),
                  true};
    for (int k = 0; k < code.registers; ++k) *place++ = {take(), false};

    const std::size_t outputs = std::size_t(code.outputs);
    for (std::int64_t start = 0; start < n; start += block) {
      const std::int64_t m = std::min(block, n - start);
      for (std::size_t k = 0; k < arrays.size(); ++k) {
        char* const at = first[k] + start * steps[k];
        if (direct(k)) {
          places[k].memory = at;
        } else if (k >= outputs) {
          copy_elements(unit_of(arrays[k]), places[k].memory, unit_of(arrays[k]), at, steps[k], m);
        }
      }
      for (const Step& step : code.steps) run_step(step, places, m, large && step.y < outputs);
      for (std::size_t k = 0; k < outputs; ++k) {
        if (direct(k)) continue;
        copy_elements(unit_of(arrays[k]), first[k] + start * steps[k], steps[k], places[k].memory,
                      unit_of(arrays[k]), m);
      }
    }
  }
};

// Whether all outputs, dense ones, are worth writing past the caches.
bool are_large(const Code& code, std::span<const Array> arrays) {
  const auto outputs = arrays.first(std::size_t(code.outputs));
  for (const Array& y : outputs) {
    if (!goes_past_caches(y.memory, cache_line, y.numel() * unit_of(y))) return false;
    for (const Array& x : arrays.subspan(outputs.size()))
      if (x.memory == y.memory) return false;
  }
  return true;
}

template <int N>
void run_on(const Code& code, std::span<const Array> arrays) {
  const Array& y = arrays[0];
  const std::int64_t numel = y.numel();
  // Dense arrays of one shape, and single numbers beside them, need no plan.
  bool flat = true;
  for (std::size_t k = 0; k < arrays.size() && flat; ++k) {
    const Array& x = arrays[k];
    flat = (x.is_contiguous() && x.shape == y.shape) || (x.numel() == 1 && k > 0);
  }
  std::int64_t steps[N];
  if (flat) {
    for (std::size_t k = 0; k < arrays.size(); ++k)
      steps[k] = k > 0 && arrays[k].numel() == 1 ? 0 : unit_of(arrays[k]);
    const Loop loop(code, arrays, steps, are_large(code, arrays));
    const std::int64_t grain =
        std::max<std::int64_t>(4096, map_grain / std::int64_t(code.steps.size()));
    parallel_for(numel, grain, [&](std::int64_t begin, std::int64_t end) {
      char* first[N];
      for (std::size_t k = 0; k < arrays.size(); ++k)
        first[k] = static_cast<char*>(arrays[k].memory) + begin * steps[k];
      loop(first, end - begin);
    });
  } else {
    const Walk<N> walk(arrays);
    for (std::size_t k = 0; k < arrays.size(); ++k) steps[k] = walk.inner_step(int(k));
    const Loop loop(code, arrays, steps, false);
    walk.for_each_row([&](char* const* first, std::int64_t n) { loop(first, n); });
  }
}

}  // namespace

void run(const Code& code, std::span<const Array> arrays) {
  if (arrays[0].numel() == 0) return;
  if (arrays.size() <= most_inputs + 1)
    run_on<most_inputs + 1>(code, arrays);
  else if (arrays.size() <= 12)
    run_on<12>(code, arrays);
  else
    run_on<most_arrays>(code, arrays);
}

}  // namespace cinta::kernels

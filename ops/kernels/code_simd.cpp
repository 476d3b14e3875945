// Compiled once per instruction set; see code.hpp.

#include <cinta/ops/kernels/batch_memory.hpp>
#include <cinta/ops/kernels/code.hpp>
#include <cinta/ops/kernels/function_formulas.hpp>
#include <cinta/ops/kernels/pieces.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void fill_handlers(Handlers& single, Handlers& twice);
void run_piece(const Code& code, const Place* given, std::int64_t n, bool past_caches,
               char* scratch);

namespace {

template <class T>
using Batch = xsimd::batch<T>;
// What is passed in a register.
template <class T>
using Lanes = typename Batch<T>::register_type;

// Four batches hide how long a function takes to give its result, and are what every calling
// convention passes in registers.
template <class T>
inline constexpr std::int64_t strip = 4 * std::int64_t(Batch<T>::size);
static_assert(strip<float> * std::int64_t(sizeof(float)) <= strip_bytes);

// Gives the instruction behind the pause that it came to. `past_caches` is 0 or 1.
template <class T>
using Call = const Instruction* (*)(const Instruction*, char* const* places, unsigned past_caches,
                                    Lanes<T>, Lanes<T>, Lanes<T>, Lanes<T>);

template <class T>
[[gnu::always_inline]] inline const Instruction* call(const Instruction* at, char* const* places,
                                                      unsigned past_caches, Lanes<T> a, Lanes<T> b,
                                                      Lanes<T> c, Lanes<T> d) {
  return reinterpret_cast<Call<T>>(at->handler)(at, places, past_caches, a, b, c, d);
}

template <class T>
T* memory_of(const Instruction* at, int operand, char* const* places) {
  return reinterpret_cast<T*>(places[at->x[operand]]);
}

template <class T>
Batch<T> batch(const T* strip, int index) {
  return Batch<T>::load_unaligned(strip + index * std::int64_t(Batch<T>::size));
}

template <class T>
const Instruction* load(const Instruction* at, char* const* places, unsigned past_caches, Lanes<T>,
                        Lanes<T>, Lanes<T>, Lanes<T>) {
  const T* x = memory_of<T>(at, 0, places);
  return call<T>(at + 1, places, past_caches, batch(x, 0), batch(x, 1), batch(x, 2), batch(x, 3));
}

// Not in a loop over an array of them, which compilers write to the stack.
template <class T>
void store_strip(T* y, Batch<T> a, Batch<T> b, Batch<T> c, Batch<T> d) {
  constexpr std::int64_t n = Batch<T>::size;
  a.store_unaligned(y);
  b.store_unaligned(y + n);
  c.store_unaligned(y + 2 * n);
  d.store_unaligned(y + 3 * n);
}

template <class T>
void store_strip_past_caches(T* y, Batch<T> a, Batch<T> b, Batch<T> c, Batch<T> d) {
  constexpr std::int64_t n = Batch<T>::size;
  store_past_caches(a, y);
  store_past_caches(b, y + n);
  store_past_caches(c, y + 2 * n);
  store_past_caches(d, y + 3 * n);
}

template <class T>
const Instruction* store(const Instruction* at, char* const* places, unsigned past_caches,
                         Lanes<T> a, Lanes<T> b, Lanes<T> c, Lanes<T> d) {
  store_strip<T>(memory_of<T>(at, 0, places), a, b, c, d);
  return call<T>(at + 1, places, past_caches, a, b, c, d);
}

template <class T>
const Instruction* output(const Instruction* at, char* const* places, unsigned past_caches,
                          Lanes<T> a, Lanes<T> b, Lanes<T> c, Lanes<T> d) {
  T* y = memory_of<T>(at, 0, places);
  past_caches ? store_strip_past_caches<T>(y, a, b, c, d) : store_strip<T>(y, a, b, c, d);
  return call<T>(at + 1, places, past_caches, a, b, c, d);
}

template <class T>
const Instruction* pause(const Instruction* at, char* const*, unsigned, Lanes<T>, Lanes<T>,
                         Lanes<T>, Lanes<T>) {
  return at + 1;
}

// F of the current value, if it is one of the operands, and of what is in memory. F is a lambda
// without captures.
template <class T, class F, int current, std::size_t... K>
[[gnu::always_inline]] inline const Instruction* apply(const Instruction* at, char* const* places,
                                                       unsigned past_caches, Lanes<T> a, Lanes<T> b,
                                                       Lanes<T> c, Lanes<T> d,
                                                       std::index_sequence<K...>) {
  const T* const x[] = {
      (int(K) == current ? nullptr : memory_of<T>(at, int(K) - (int(K) > current), places))...};
  const auto f = [&](Batch<T> value, int i) -> Batch<T> {
    return F{}((int(K) == current ? value : batch(x[K], i))...);
  };
  return call<T>(at + 1, places, past_caches, f(a, 0), f(b, 1), f(c, 2), f(d, 3));
}

template <class T, class F, int arity, int current>
const Instruction* function(const Instruction* at, char* const* places, unsigned past_caches,
                            Lanes<T> a, Lanes<T> b, Lanes<T> c, Lanes<T> d) {
  return apply<T, F, current>(at, places, past_caches, a, b, c, d,
                              std::make_index_sequence<arity>());
}

template <class T>
Handler opaque(Call<T> handler) {
  return reinterpret_cast<Handler>(handler);
}

template <class T>
void fill(Handlers& handlers) {
  handlers.load = opaque<T>(load<T>);
  handlers.store = opaque<T>(store<T>);
  handlers.output = opaque<T>(output<T>);
  handlers.pause = opaque<T>(pause<T>);
  const auto set = [&]<class F>(Function f, F) {
    constexpr int arity = std::is_invocable_v<F, Batch<T>>             ? 1
                          : std::is_invocable_v<F, Batch<T>, Batch<T>> ? 2
                                                                       : 3;
    Handler* const to = handlers.function[int(f)];
    to[Handlers::nowhere] = opaque<T>(function<T, F, arity, Handlers::nowhere>);
    to[0] = opaque<T>(function<T, F, arity, 0>);
    if constexpr (arity > 1) to[1] = opaque<T>(function<T, F, arity, 1>);
    if constexpr (arity > 2) to[2] = opaque<T>(function<T, F, arity, 2>);
  };
  for_numeric_functions(set);
  for_floating_functions(set);
}

template <class T>
void run_strip(std::span<const Instruction> instructions, char* const* places, bool past_caches) {
  const Lanes<T> none = Batch<T>(T(0));
  const Instruction* at = instructions.data();
  while (at != instructions.data() + instructions.size())
    at = call<T>(at, places, past_caches, none, none, none, none);
}

template <class T>
void run_piece_of(const Code& code, const Place* given, std::int64_t n, bool past_caches,
                  char* scratch) {
  const int outputs = code.outputs, arrays = outputs + code.inputs;
  // A strip for each array, for a constant and for what is left at the end, then the registers.
  const auto own = [&](int k) { return reinterpret_cast<T*>(scratch + k * strip_bytes); };
  char** const places = reinterpret_cast<char**>(own(arrays + code.registers));
  int* const moving = reinterpret_cast<int*>(places + code.places());
  int moving_count = 0;
  for (int k = 0; k < arrays; ++k) {
    places[k] = given[k].memory;
    if (given[k].constant) {
      std::fill_n(own(k), strip<T>, *reinterpret_cast<const T*>(given[k].memory));
      places[k] = reinterpret_cast<char*>(own(k));
    } else {
      moving[moving_count++] = k;
    }
  }
  char** place = places + arrays;
  for (int k = 0; k < code.constant_count; ++k)
    *place++ = const_cast<char*>(code.constants[k].bytes);
  for (int k = 0; k < code.registers; ++k) *place++ = reinterpret_cast<char*>(own(arrays + k));

  std::int64_t i = 0;
  for (; i + strip<T> <= n; i += strip<T>) {
    run_strip<T>(code.instructions, places, past_caches);
    // One by one: what is written in one piece is not forwarded to the loads of its parts.
    for (int k = 0; k < moving_count; ++k) places[moving[k]] += strip<T> * std::int64_t(sizeof(T));
  }
  if (i == n) return;
  // What is left does not fill a strip: a copy of it does.
  for (int k = 0; k < arrays; ++k) {
    if (given[k].constant) continue;
    const T* from = reinterpret_cast<const T*>(places[k]);
    if (k >= outputs) std::fill(std::copy_n(from, n - i, own(k)), own(k) + strip<T>, *from);
    places[k] = reinterpret_cast<char*>(own(k));
  }
  run_strip<T>(code.instructions, places, false);
  for (int k = 0; k < outputs; ++k)
    std::copy_n(own(k), n - i, reinterpret_cast<T*>(given[k].memory) + i);
}

}  // namespace

void fill_handlers(Handlers& single, Handlers& twice) {
  fill<float>(single);
  fill<double>(twice);
}

void run_piece(const Code& code, const Place* given, std::int64_t n, bool past_caches,
               char* scratch) {
  code.dtype == float32 ? run_piece_of<float>(code, given, n, past_caches, scratch)
                        : run_piece_of<double>(code, given, n, past_caches, scratch);
}

}  // namespace cinta::kernels::CINTA_SIMD

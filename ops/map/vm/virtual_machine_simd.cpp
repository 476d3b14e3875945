// Compiled once per instruction set; see bytecode.hpp.

#include <cinta/ops/kernels/elementwise/function_values.hpp>
#include <cinta/ops/kernels/loop/contiguous_blocks.hpp>
#include <cinta/ops/kernels/simd/masked.hpp>
#include <cinta/ops/map/vm/bytecode.hpp>
#include <numeric>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void fill_handlers(Handlers& single, Handlers& twice);
void run_block(const Bytecode& code, const Place* given, std::int64_t n, bool streaming,
               char* scratch);
void add_block(const Bytecode& code, const Place* given, std::int64_t n, char* scratch,
               double* sum);

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

// Gives the instruction behind the pause that it came to. `streaming` is 0 or 1.
template <class T>
using Call = const Instruction* (*)(const Instruction*, char* const* places, unsigned streaming,
                                    Lanes<T>, Lanes<T>, Lanes<T>, Lanes<T>);

template <class T>
[[gnu::always_inline]] inline const Instruction* call(const Instruction* at, char* const* places,
                                                      unsigned streaming, Lanes<T> a, Lanes<T> b,
                                                      Lanes<T> c, Lanes<T> d) {
  return reinterpret_cast<Call<T>>(at->handler)(at, places, streaming, a, b, c, d);
}

template <class T>
T* memory_of(const Instruction* at, int operand, char* const* places) {
  return reinterpret_cast<T*>(places[at->x[operand]]);
}

template <class T>
Batch<T> batch(const T* strip, int index) {
  return Batch<T>::load_unaligned(strip + index * std::int64_t(Batch<T>::size));
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
void stream_strip(T* y, Batch<T> a, Batch<T> b, Batch<T> c, Batch<T> d) {
  constexpr std::int64_t n = Batch<T>::size;
  store_streaming(a, y);
  store_streaming(b, y + n);
  store_streaming(c, y + 2 * n);
  store_streaming(d, y + 3 * n);
}

template <class T>
const Instruction* store(const Instruction* at, char* const* places, unsigned streaming, Lanes<T> a,
                         Lanes<T> b, Lanes<T> c, Lanes<T> d) {
  store_strip<T>(memory_of<T>(at, 0, places), a, b, c, d);
  return call<T>(at + 1, places, streaming, a, b, c, d);
}

template <class T>
const Instruction* output(const Instruction* at, char* const* places, unsigned streaming,
                          Lanes<T> a, Lanes<T> b, Lanes<T> c, Lanes<T> d) {
  T* y = memory_of<T>(at, 0, places);
  streaming ? stream_strip<T>(y, a, b, c, d) : store_strip<T>(y, a, b, c, d);
  return call<T>(at + 1, places, streaming, a, b, c, d);
}

template <class T>
const Instruction* sum(const Instruction* at, char* const* places, unsigned streaming, Lanes<T> a,
                       Lanes<T> b, Lanes<T> c, Lanes<T> d) {
  T* y = memory_of<T>(at, 0, places);
  using B = Batch<T>;  // clang knows a + of registers beside xsimd's
  store_strip<T>(y, batch(y, 0) + B(a), batch(y, 1) + B(b), batch(y, 2) + B(c), batch(y, 3) + B(d));
  return call<T>(at + 1, places, streaming, a, b, c, d);
}

template <class T>
const Instruction* sum_squares(const Instruction* at, char* const* places, unsigned streaming,
                               Lanes<T> a, Lanes<T> b, Lanes<T> c, Lanes<T> d) {
  T* y = memory_of<T>(at, 0, places);
  const auto added = [y](Batch<T> x, int i) { return xsimd::fma(x, x, batch(y, i)); };
  store_strip<T>(y, added(a, 0), added(b, 1), added(c, 2), added(d, 3));
  return call<T>(at + 1, places, streaming, a, b, c, d);
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
                                                       unsigned streaming, Lanes<T> a, Lanes<T> b,
                                                       Lanes<T> c, Lanes<T> d,
                                                       std::index_sequence<K...>) {
  const T* const x[] = {
      (int(K) == current ? nullptr : memory_of<T>(at, int(K) - (int(K) > current), places))...};
  const auto f = [&](Batch<T> value, int i) __attribute__((always_inline))->Batch<T> {
    return F{}((int(K) == current ? value : batch(x[K], i))...);
  };
  return call<T>(at + 1, places, streaming, f(a, 0), f(b, 1), f(c, 2), f(d, 3));
}

// F of two values in registers, as many as every calling convention has.
template <class T, class F>
const Instruction* function_of_two(const Instruction* at, char* const* places, unsigned streaming,
                                   Lanes<T> a, Lanes<T> b, Lanes<T> c, Lanes<T> d, Lanes<T> e,
                                   Lanes<T> f, Lanes<T> g, Lanes<T> h) {
  using B = Batch<T>;
  return call<T>(at + 1, places, streaming, B(F{}(B(a), B(e))), B(F{}(B(b), B(f))),
                 B(F{}(B(c), B(g))), B(F{}(B(d), B(h))));
}

// What is long is compiled once for all places that its operands may have: the handlers of other
// places load and jump there.
template <class T, class F, int arity, int current>
const Instruction* function(const Instruction* at, char* const* places, unsigned streaming,
                            Lanes<T> a, Lanes<T> b, Lanes<T> c, Lanes<T> d) {
  const auto load = [&](int operand, int i) -> Lanes<T> {
    return batch(memory_of<T>(at, operand, places), i);
  };
  if constexpr (arity == 1 && current == Handlers::nowhere)
    return function<T, F, 1, 0>(at, places, streaming, load(0, 0), load(0, 1), load(0, 2),
                                load(0, 3));
  else if constexpr (arity == 2 && current == Handlers::nowhere)
    return function_of_two<T, F>(at, places, streaming, load(0, 0), load(0, 1), load(0, 2),
                                 load(0, 3), load(1, 0), load(1, 1), load(1, 2), load(1, 3));
  else if constexpr (arity == 2 && current == 0)
    return function_of_two<T, F>(at, places, streaming, a, b, c, d, load(0, 0), load(0, 1),
                                 load(0, 2), load(0, 3));
  else if constexpr (arity == 2)
    return function_of_two<T, F>(at, places, streaming, load(0, 0), load(0, 1), load(0, 2),
                                 load(0, 3), a, b, c, d);
  else
    return apply<T, F, current>(at, places, streaming, a, b, c, d,
                                std::make_index_sequence<arity>());
}

template <class T>
Handler opaque(Call<T> handler) {
  return reinterpret_cast<Handler>(handler);
}

template <class T>
void fill(Handlers& handlers) {
  handlers.store = opaque<T>(store<T>);
  handlers.output = opaque<T>(output<T>);
  handlers.sum = opaque<T>(sum<T>);
  handlers.sum_squares = opaque<T>(sum_squares<T>);
  handlers.pause = opaque<T>(pause<T>);
  for_each_function([&]<class F>(Function f, auto, F) {
    constexpr int arity = std::is_invocable_v<F, Batch<T>>             ? 1
                          : std::is_invocable_v<F, Batch<T>, Batch<T>> ? 2
                                                                       : 3;
    Handler* const to = handlers.function[int(f)];
    to[Handlers::nowhere] = opaque<T>(function<T, F, arity, Handlers::nowhere>);
    to[0] = opaque<T>(function<T, F, arity, 0>);
    if constexpr (arity > 1) to[1] = opaque<T>(function<T, F, arity, 1>);
    if constexpr (arity > 2) to[2] = opaque<T>(function<T, F, arity, 2>);
  });
}

template <class T>
void run_strip(std::span<const Instruction> instructions, char* const* places, bool streaming) {
  const Lanes<T> none = Batch<T>(T(0));
  const Instruction* at = instructions.data();
  while (at != instructions.data() + instructions.size())
    at = call<T>(at, places, streaming, none, none, none, none);
}

// A code on a piece: what its places are, and where it is.
template <class T>
class Run {
 public:
  Run(const Bytecode& code, const Place* given, char* scratch)
      : code_(code), given_(given), scratch_(scratch) {
    places_ = reinterpret_cast<char**>(own(arrays() + code.registers));
    moving_ = reinterpret_cast<int*>(places_ + code.places());
    for (int k = 0; k < arrays(); ++k) {
      places_[k] = given[k].memory;
      if (given[k].constant) {
        std::fill_n(own(k), strip<T>, *reinterpret_cast<const T*>(given[k].memory));
        places_[k] = reinterpret_cast<char*>(own(k));
      } else {
        moving_[moving_count_++] = k;
      }
    }
    char** place = places_ + arrays();
    for (int k = 0; k < code.constant_count; ++k)
      *place++ = const_cast<char*>(code.constants[k].bytes);
    for (int k = 0; k < code.registers; ++k) *place++ = reinterpret_cast<char*>(own(arrays() + k));
  }

  /// As many whole strips as n elements fill. Gives how many are left.
  std::int64_t strips(std::int64_t n, bool streaming) {
    done_ = n / strip<T> * strip<T>;
    for (; n >= strip<T>; n -= strip<T>) {
      run_strip<T>(code_.instructions, places_, streaming);
      // One by one: what is written in one piece is not forwarded to the loads of its parts.
      for (int k = 0; k < moving_count_; ++k)
        places_[moving_[k]] += strip<T> * std::int64_t(sizeof(T));
    }
    return n;
  }

  /// n elements that do not fill a strip, in copies that do.
  void rest(std::int64_t n) {
    const auto from = [&](int k) { return reinterpret_cast<T*>(given_[k].memory) + done_; };
    for (int k = 0; k < moving_count_; ++k) {
      const int i = moving_[k];
      if (i >= code_.outputs)
        std::fill(std::copy_n(from(i), n, own(i)), own(i) + strip<T>, *from(i));
      places_[i] = reinterpret_cast<char*>(own(i));
    }
    run_strip<T>(code_.instructions, places_, false);
    for (int k = 0; k < code_.outputs; ++k) std::copy_n(own(k), n, from(k));
  }

  T* first_register() { return own(arrays()); }

 private:
  int arrays() const { return code_.outputs + code_.inputs; }
  // A strip for each array, for a constant and for the rest, then the registers.
  T* own(int k) const { return reinterpret_cast<T*>(scratch_ + k * strip_bytes); }

  const Bytecode& code_;
  const Place* given_;
  char* scratch_;
  char** places_;
  int* moving_;  // the arrays that are not constants
  int moving_count_ = 0;
  std::int64_t done_ = 0;  // elements, in whole strips
};

template <class T>
void run_block_of(const Bytecode& code, const Place* given, std::int64_t n, bool streaming,
                  char* scratch) {
  Run<T> run(code, given, scratch);
  const std::int64_t rest = run.strips(n, streaming);
  if (rest > 0) run.rest(rest);
}

template <class T>
double add_block_of(const Bytecode& code, const Place* given, std::int64_t n, char* scratch) {
  Run<T> run(code, given, scratch);
  T* const sums = run.first_register();
  std::fill_n(sums, strip<T>, T(0));
  const std::int64_t rest = run.strips(n, false);
  double total = std::accumulate(sums, sums + strip<T>, 0.0);
  if (rest == 0) return total;
  std::fill_n(sums, strip<T>, T(0));
  run.rest(rest);
  return std::accumulate(sums, sums + rest, total);
}

}  // namespace

void fill_handlers(Handlers& single, Handlers& twice) {
  fill<float>(single);
  fill<double>(twice);
}

void run_block(const Bytecode& code, const Place* given, std::int64_t n, bool streaming,
               char* scratch) {
  code.dtype == float32 ? run_block_of<float>(code, given, n, streaming, scratch)
                        : run_block_of<double>(code, given, n, streaming, scratch);
}

void add_block(const Bytecode& code, const Place* given, std::int64_t n, char* scratch,
               double* sum) {
  *sum = code.dtype == float32 ? add_block_of<float>(code, given, n, scratch)
                               : add_block_of<double>(code, given, n, scratch);
}

}  // namespace cinta::kernels::CINTA_SIMD

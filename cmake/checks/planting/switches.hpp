// Faults that are compiled in and switched on by the environment: what cmake/checks/mutants writes
// into a copy of the library in the place of an operator, a number, a condition. CINTA_MUTANT names
// the one fault that is on; CINTA_MUTANT_REACHED a file of `most` bytes, in which each fault that
// is reached sets its own, in whichever process.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <utility>

namespace cinta_mutant {

inline constexpr int most = 65536;

// Zero, so no fault, while globals of files without a fault are made. Not read later: a call of
// getenv for each number would cost more than what is computed.
inline const int active = [] {
  const char* id = std::getenv("CINTA_MUTANT");
  return id ? std::atoi(id) : 0;
}();

inline volatile char* const reached = []() -> volatile char* {
  const char* path = std::getenv("CINTA_MUTANT_REACHED");
  const int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return nullptr;
  void* bytes = mmap(nullptr, most, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return bytes == MAP_FAILED ? nullptr : static_cast<volatile char*>(bytes);
}
();

inline bool on(int id) {
  if (reached && !reached[id]) reached[id] = 1;
  return id == active;
}

// ---- a + b is a + Add_Subtract<id>{} + b: the same operator, so the same operands ----

template <int Id, class From, class To>
struct Operator {};
template <int Id, class From, class To, class A>
struct Left {
  A&& a;
};
template <int Id, class From, class To, class B>
struct Right {
  B&& b;
};

template <int Id, class From, class To, class A, class B>
decltype(auto) chosen(A&& a, B&& b) {
  using Result = decltype(From::of(std::forward<A>(a), std::forward<B>(b)));
  if (on(Id)) return static_cast<Result>(To::of(std::forward<A>(a), std::forward<B>(b)));
  return From::of(std::forward<A>(a), std::forward<B>(b));
}

#define CINTA_MUTANT_NAMED(NAME, OP)                   \
  struct NAME {                                        \
    template <class A, class B>                        \
    static decltype(auto) of(A&& a, B&& b) {           \
      return std::forward<A>(a) OP std::forward<B>(b); \
    }                                                  \
  };
#define CINTA_MUTANT_OPERATOR(NAME, OP)                                       \
  CINTA_MUTANT_NAMED(NAME, OP)                                                \
  template <class A, int Id, class To>                                        \
  Left<Id, NAME, To, A> operator OP(A&& a, Operator<Id, NAME, To>) {          \
    return {std::forward<A>(a)};                                              \
  }                                                                           \
  template <int Id, class To, class A, class B>                               \
  decltype(auto) operator OP(Left<Id, NAME, To, A>&& left, B&& b) {           \
    return chosen<Id, NAME, To>(std::forward<A>(left.a), std::forward<B>(b)); \
  }
// Assignments are taken from the right.
#define CINTA_MUTANT_ASSIGNMENT(NAME, OP)                                      \
  CINTA_MUTANT_NAMED(NAME, OP)                                                 \
  template <int Id, class To, class B>                                         \
  Right<Id, NAME, To, B> operator OP(Operator<Id, NAME, To>, B&& b) {          \
    return {std::forward<B>(b)};                                               \
  }                                                                            \
  template <class A, int Id, class To, class B>                                \
  decltype(auto) operator OP(A&& a, Right<Id, NAME, To, B>&& right) {          \
    return chosen<Id, NAME, To>(std::forward<A>(a), std::forward<B>(right.b)); \
  }

CINTA_MUTANT_OPERATOR(Add, +)
CINTA_MUTANT_OPERATOR(Subtract, -)
CINTA_MUTANT_OPERATOR(Multiply, *)
CINTA_MUTANT_OPERATOR(Divide, /)
CINTA_MUTANT_OPERATOR(Modulo, %)
CINTA_MUTANT_OPERATOR(ShiftLeft, <<)
CINTA_MUTANT_OPERATOR(ShiftRight, >>)
CINTA_MUTANT_OPERATOR(BitAnd, &)
CINTA_MUTANT_OPERATOR(BitOr, |)
CINTA_MUTANT_OPERATOR(BitXor, ^)
CINTA_MUTANT_OPERATOR(Less, <)
CINTA_MUTANT_OPERATOR(LessEqual, <=)
CINTA_MUTANT_OPERATOR(Greater, >)
CINTA_MUTANT_OPERATOR(GreaterEqual, >=)
CINTA_MUTANT_OPERATOR(Equal, ==)
CINTA_MUTANT_OPERATOR(NotEqual, !=)
CINTA_MUTANT_ASSIGNMENT(AddTo, +=)
CINTA_MUTANT_ASSIGNMENT(SubtractFrom, -=)
CINTA_MUTANT_ASSIGNMENT(MultiplyBy, *=)
CINTA_MUTANT_ASSIGNMENT(DivideBy, /=)
CINTA_MUTANT_ASSIGNMENT(AndWith, &=)
CINTA_MUTANT_ASSIGNMENT(OrWith, |=)
CINTA_MUTANT_ASSIGNMENT(ShiftLeftBy, <<=)
CINTA_MUTANT_ASSIGNMENT(ShiftRightBy, >>=)

// Without a comma, which the arguments of a macro do not bear.
#define CINTA_MUTANT_PAIR(FROM, TO) \
  template <int Id>                 \
  using FROM##_##TO = Operator<Id, FROM, TO>;
CINTA_MUTANT_PAIR(Add, Subtract)
CINTA_MUTANT_PAIR(Subtract, Add)
CINTA_MUTANT_PAIR(Multiply, Divide)
CINTA_MUTANT_PAIR(Multiply, Add)
CINTA_MUTANT_PAIR(Divide, Multiply)
CINTA_MUTANT_PAIR(Modulo, Divide)
CINTA_MUTANT_PAIR(ShiftLeft, ShiftRight)
CINTA_MUTANT_PAIR(ShiftRight, ShiftLeft)
CINTA_MUTANT_PAIR(BitAnd, BitOr)
CINTA_MUTANT_PAIR(BitOr, BitAnd)
CINTA_MUTANT_PAIR(BitXor, BitAnd)
CINTA_MUTANT_PAIR(Less, LessEqual)
CINTA_MUTANT_PAIR(Less, GreaterEqual)
CINTA_MUTANT_PAIR(LessEqual, Less)
CINTA_MUTANT_PAIR(LessEqual, Greater)
CINTA_MUTANT_PAIR(Greater, GreaterEqual)
CINTA_MUTANT_PAIR(Greater, LessEqual)
CINTA_MUTANT_PAIR(GreaterEqual, Greater)
CINTA_MUTANT_PAIR(GreaterEqual, Less)
CINTA_MUTANT_PAIR(Equal, NotEqual)
CINTA_MUTANT_PAIR(NotEqual, Equal)
CINTA_MUTANT_PAIR(AddTo, SubtractFrom)
CINTA_MUTANT_PAIR(SubtractFrom, AddTo)
CINTA_MUTANT_PAIR(MultiplyBy, AddTo)
CINTA_MUTANT_PAIR(DivideBy, MultiplyBy)
CINTA_MUTANT_PAIR(AndWith, OrWith)
CINTA_MUTANT_PAIR(OrWith, AndWith)
CINTA_MUTANT_PAIR(ShiftLeftBy, ShiftRightBy)
CINTA_MUTANT_PAIR(ShiftRightBy, ShiftLeftBy)

// ---- a && b is a && before<id>(true) || after<id>(true) && b ----
//
// A function would compute b though a is false. Where the operator acts as an "and", `before` is
// false when a was true, and tells `after`, which lets b decide; where it acts as an "or", `before`
// is true then and b is not computed, and else `after` is true. The words for || are the same with
// `false`.

inline thread_local bool told = false;

template <int Id>
bool before(bool is_and) {
  if (is_and == on(Id)) return true;
  told = true;
  return false;
}
template <int Id>
bool after(bool is_and) {
  const bool left = std::exchange(told, false);
  return is_and == on(Id) || left;
}

// ---- -a is Negate<id>{}->*a, which binds as tightly as a binary operator can ----

template <int Id>
struct Not {};
template <int Id>
struct Negate {};
template <int Id>
struct Increment {};
template <int Id>
struct Decrement {};

template <int Id, class A>
auto operator->*(Not<Id>, A&& a) {
  using Result = decltype(!std::forward<A>(a));
  return on(Id) ? static_cast<Result>(std::forward<A>(a)) : !std::forward<A>(a);
}
template <int Id, class A>
auto operator->*(Negate<Id>, A&& a) {
  using Result = decltype(-std::forward<A>(a));
  return on(Id) ? static_cast<Result>(std::forward<A>(a)) : -std::forward<A>(a);
}
template <int Id, class A>
decltype(auto) operator->*(Increment<Id>, A&& a) {
  if (on(Id)) return --a;
  return ++a;
}
template <int Id, class A>
decltype(auto) operator->*(Decrement<Id>, A&& a) {
  if (on(Id)) return ++a;
  return --a;
}
template <int Id, class A>
auto increment_after(A&& a) {
  return on(Id) ? a-- : a++;
}
template <int Id, class A>
auto decrement_after(A&& a) {
  return on(Id) ? a++ : a--;
}

// ---- std::min(a, b) is min<id>(a, b) ----

template <int Id, class T>
const T& min(const T& a, const T& b) {
  return on(Id) ? std::max(a, b) : std::min(a, b);
}
template <int Id, class T>
T min(std::initializer_list<T> list) {
  return on(Id) ? std::max(list) : std::min(list);
}
template <int Id, class T>
const T& max(const T& a, const T& b) {
  return on(Id) ? std::min(a, b) : std::max(a, b);
}
template <int Id, class T>
T max(std::initializer_list<T> list) {
  return on(Id) ? std::min(list) : std::max(list);
}
template <int Id, class I, class F>
bool any_of(I begin, I end, F f) {
  return on(Id) ? std::all_of(begin, end, f) : std::any_of(begin, end, f);
}
template <int Id, class I, class F>
bool all_of(I begin, I end, F f) {
  return on(Id) ? std::any_of(begin, end, f) : std::all_of(begin, end, f);
}

}  // namespace cinta_mutant

#pragma once
// Where in the user's code an operation was called, and inside which module.

#include <concepts>
#include <string>

#pragma GCC visibility push(default)
namespace cinta {

/// A place in source code. As the type of a trailing default argument (`Site site = {}`) it
/// captures the caller's file and line at compile time; it costs three words at run time.
struct Site {
  struct Caller {};
  /// The caller's place. What comes first is there for no number or text to become a place:
  /// median(x, 0) would be that of all elements.
  constexpr Site(Caller = {}, const char* f = __builtin_FILE(), unsigned l = __builtin_LINE())
      : file(f), line(l) {}
  /// Of a text that is one: {0, 1}, two axes say, would else be a file of null and a line.
  template <std::convertible_to<const char*> File>
  constexpr Site(const File& f, unsigned l, const char* m = nullptr)
      : file(f), line(l), module(m) {}

  const char* file;
  unsigned line;
  const char* module = nullptr;  ///< path of the module that made the call ("hidden.out"), or null

  /// "hidden.out, train.cpp:41", or without the module "train.cpp:41".
  std::string str() const;
};

/// While it lives, every operation of this thread reports `site` instead of its own place, so
/// that an error inside library code names the line that the user wrote. Scopes nest; the
/// innermost wins.
class SiteScope {
 public:
  explicit SiteScope(const Site& site) : SiteScope(&site) {}
  /// With null, operations report their own places again.
  explicit SiteScope(const Site* site) : previous_(current) { current = site; }
  ~SiteScope() { current = previous_; }
  SiteScope(const SiteScope&) = delete;
  SiteScope& operator=(const SiteScope&) = delete;

  /// The site that an operation called from `own` has to report.
  static const Site& resolve(const Site& own) { return current ? *current : own; }
  /// What operations report, or null.
  static const Site* active() { return current; }

 private:
  static thread_local constinit const Site* current;
  const Site* previous_;
};

inline thread_local constinit const Site* SiteScope::current = nullptr;

}  // namespace cinta
#pragma GCC visibility pop

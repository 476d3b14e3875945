#pragma once
// Under which name the operations report errors that others are made of.

#pragma GCC visibility push(default)
namespace cinta {

/// While it lives, errors of this thread begin with `name` in the place of the operation that found
/// them: what the user called is made of others. Scopes nest; the outermost wins.
class NameScope {
 public:
  explicit NameScope(const char* name);
  ~NameScope();
  NameScope(const NameScope&) = delete;
  NameScope& operator=(const NameScope&) = delete;

  /// The name to report, or null.
  static const char* active();

 private:
  const char* previous_;
};

}  // namespace cinta
#pragma GCC visibility pop

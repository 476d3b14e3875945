#pragma once
// OpScope: an operation that is made of others.

#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/tape/apply.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// While it lives, the operations that `op` is made of report errors by its name and the place of
/// its call. Nothing of the user's may run meanwhile: its errors would have that name, too.
class OpScope {
 public:
  /// Borrows `op`.
  explicit OpScope(const Op& op) : name_(op.name), site_(op.site) {}

 private:
  NameScope name_;
  SiteScope site_;
};

}  // namespace cinta
#pragma GCC visibility pop

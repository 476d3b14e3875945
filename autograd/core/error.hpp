#pragma once
// The exceptions of the library: one family under cinta::Error.

#include <cinta/autograd/core/site.hpp>
#include <stdexcept>
#include <string>

#pragma GCC visibility push(default)
namespace cinta {

/// Base of everything that the library throws on purpose. The text is one line: operation, what
/// is wrong, shapes and dtypes, and in brackets the module path and file:line of the user's call.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what) : std::runtime_error(what) {}
  /// Text followed by " [module, file:line]".
  Error(const std::string& what, const Site& site);
};

struct ShapeError : Error {
  using Error::Error;
};  ///< sizes, ranks or axes do not fit
struct DtypeError : Error {
  using Error::Error;
};  ///< an element type that the operation does not take
struct IndexError : Error {
  using Error::Error;
};  ///< an index outside its range
struct ValueError : Error {
  using Error::Error;
};  ///< an argument outside its range
struct GraphError : Error {
  using Error::Error;
};  ///< the recorded graph does not allow what was asked
struct NanError : Error {
  using Error::Error;
};  ///< a NaN or an infinity within a DetectNan scope
struct NonScalarError : GraphError {
  using GraphError::GraphError;
};  ///< backward from several elements without a gradient to weigh them
struct DetachedError : GraphError {
  using GraphError::GraphError;
};  ///< differentiating what requires no gradient: detached, made under NoGrad, or never asked to
struct UnusedError : GraphError {
  using GraphError::GraphError;
};  ///< the gradient of a tensor that the outputs do not depend on
struct FreedGraphError : GraphError {
  using GraphError::GraphError;
};  ///< backward again through what an earlier backward freed
struct RuleError : GraphError {
  using GraphError::GraphError;
};  ///< a backward rule returned what cannot be its input's gradient, or reads what is not saved
struct IoError : Error {
  using Error::Error;
};  ///< a file that is missing, unreadable or malformed

}  // namespace cinta
#pragma GCC visibility pop

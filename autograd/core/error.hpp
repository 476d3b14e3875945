#pragma once
// The exceptions of the library: one family under cinta::Error.

#include <cinta/autograd/core/site.hpp>
#include <cstddef>
#include <cstdint>
#include <new>
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

/// Memory that the system refuses. A std::bad_alloc, since that is what programs wait for, and
/// therefore no Error; its text is made like theirs: "matmul: out of memory: 4000000000 bytes for
/// (100000, 10000) float32, with 812000 in use [train.cpp:41]".
class MemoryError : public std::bad_alloc {
 public:
  /// Of `bytes` bytes, with as many `in_use`; who wanted them is not known yet.
  MemoryError(std::size_t bytes, std::int64_t in_use);
  /// The same, asked for by `op`.
  MemoryError(const MemoryError& unnamed, const char* op, const Site& site);
  /// The same, for the elements of a tensor: their bytes, and what it is.
  MemoryError(const MemoryError& unnamed, const char* op, std::size_t bytes,
              const std::string& tensor, const Site& site);

  const char* what() const noexcept override { return text_.what(); }
  bool is_named() const { return named_; }

 private:
  std::int64_t in_use_;
  bool named_ = false;
  std::runtime_error text_;  // can be copied without memory
};

}  // namespace cinta
#pragma GCC visibility pop

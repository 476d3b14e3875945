#pragma once

#include <cinta/autograd/core/error.hpp>
#include <string>

/// The text of the Error that `f` throws, or "no error".
template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const cinta::Error& error) {
    return error.what();
  }
  return "no error";
}

#include <cinta/autograd/core/text.hpp>
#include <cinta/optim/minimize/result.hpp>

namespace cinta::optim::minimize {

const char* text_of(Reason reason) {
  switch (reason) {
    case Reason::gradient: return "the gradient is small enough";
    case Reason::change: return "the value hardly changes";
    case Reason::step: return "the step is short enough";
    case Reason::max_iter: return "max_iter is reached";
    case Reason::max_eval: return "max_eval is reached";
    case Reason::callback: return "on_iteration said so";
    case Reason::stalled: return "no step lowers the value";
    case Reason::not_finite: return "the start's value or gradient is not finite";
  }
  return "";
}

std::string Result::str() const {
  return cinta::detail::text_of(value) + " after " + std::to_string(iterations) +
         " iterations and " + std::to_string(evaluations) + " evaluations: " + text_of(reason);
}

}  // namespace cinta::optim::minimize

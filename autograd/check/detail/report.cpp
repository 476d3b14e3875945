#include <cinta/autograd/check/detail/values.hpp>
#include <cinta/autograd/check/gradients.hpp>
#include <ostream>

namespace cinta {

using detail::number_text, std::to_string;

std::string GradientEntry::str() const {
  const auto place = [](const std::string& name, const Shape& at) {
    return "d " + name + (at.rank() > 0 ? " " + at.str() : "");
  };
  const std::string text = place(output, output_index) + " / " + place(input, index) +
                           ": analytical " + number_text(analytical) + ", numerical " +
                           number_text(numerical);
  return step > 0 ? text + " (step " + number_text(step) + ")" : text;
}

std::string GradientReport::str() const {
  std::string text = op.empty() ? "check_gradients: " : op + ": ";
  if (ok) {
    text += "all " + to_string(compared) +
            (projected ? " random projections over " + to_string(elements) + " elements agree"
                       : " derivatives agree");
    if (kinks > 0) {
      text += projected ? "; " + to_string(kinks) : ", " + to_string(kinks) + " of them";
      text +=
          " at a kink, where any slope between those to the left and right is right: " + kink.str();
    }
  } else {
    text += problem;
    if (differing > 0) {
      text += ": " + worst.str();
      text += projected ? "; found by random projections over " + to_string(elements) + " elements"
                        : "; about " + to_string(differing) + " of " + to_string(compared) +
                              " derivatives are off";
    }
  }
  // What backward threw says the place already.
  return op.empty() || text.ends_with(']') ? text : text + " [" + site.str() + "]";
}

std::ostream& operator<<(std::ostream& out, const GradientReport& report) {
  return out << report.str();
}

}  // namespace cinta

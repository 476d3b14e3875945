// What can be wrong with an operation of several outputs only: x^2, exp(x), and x as a constant.

#include <cinta/autograd/check/op.hpp>
#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

Tensors faulty(const Tensor& x, const std::string& fault, Site site = {}) {
  const auto has = [fault](const char* name) { return fault == name; };
  const OutputSpec last = has("a constant requires gradients") ? OutputSpec(x.spec())
                                                               : OutputSpec(x.spec(), no_gradient);
  Tensors y = apply(
      {"faulty", site}, {x}, {x.spec(), x.spec(), last},
      [has](const Inputs& in, const Tensors& out) {
        copy_(out[0], square(in[0]));
        copy_(out[1], has("wrong second value") ? exp(in[0]) + 1 : exp(in[0]));
        copy_(out[2], in[0]);
      },
      [fault](const Grad& g) {
        const Tensor &first = g.dy_of(0), &second = g.dy_of(1);
        if (fault == "takes undefined gradients") return first * (2 * g.in(0)) + second * g.out(1);
        if (fault == "nothing for one alone" && !second.defined()) return 0 * g.in(0);
        Tensor dx = g.dy_or_zeros(0) * (2 * g.in(0)) + g.dy_or_zeros(1) * g.out(1);
        if (fault == "wrong gradient of the second") dx = dx + g.dy_or_zeros(1);
        if (fault == "forgets the second when recorded" && g.create_graph())
          dx = g.dy_or_zeros(0) * (2 * g.in(0));
        const auto some = [](const Tensor& dy) { return dy.defined() && max(abs(dy)).item() > 0; };
        if (fault == "wrong together" && some(first) && some(second)) dx = dx * 1.01;
        if (fault == "wrong second order of the second")
          dx = g.dy_or_zeros(0) * (2 * g.in(0)) + g.dy_or_zeros(1) * g.out(1).detach();
        return dx;
      });
  if (has("one output too few")) y.pop_back();
  return y;
}

struct Planted {
  const char* fault;
  const char* found;  // part of one of the failures
};

const Planted planted[] = {
    {"wrong second value", "value of output 1: "},
    {"one output too few", "returned 2 tensors, the reference 3"},
    {"a constant requires gradients", "the row says it has none of output 2"},
    {"takes undefined gradients", "modes threw: mul: an operand is an undefined tensor"},
    {"nothing for one alone", "only output 0 has a gradient: gradient of input 0"},
    {"wrong gradient of the second", "wrong gradient: d output"},
    {"forgets the second when recorded", "only output 1 has a gradient"},
    {"wrong together", "all outputs together against one after the other"},
    {"wrong second order of the second", "wrong second-order gradient"},
};

std::string failures(const std::string& fault) {
  const check::Row row{.name = "faulty",
                       .function = [fault](const Tensors& in) { return faulty(in[0], fault); },
                       .reference =
                           [](const Tensors& in) {
                             return Tensors{square(in[0]), exp(in[0]), clone(in[0])};
                           },
                       .samples = {{check::reals({2, 3})}},
                       .constants = {2}};
  std::string text;
  for (const std::string& failure : check::run(row)) text += failure + "\n";
  return text;
}

}  // namespace

TEST_CASE("the driver finds nothing where nothing is planted in several outputs") {
  CHECK(failures("") == "");
}

TEST_CASE("the driver finds planted faults of operations with several outputs") {
  for (const Planted& fault : planted) {
    DYNAMIC_SECTION(fault.fault) {
      CHECK_THAT(failures(fault.fault), ContainsSubstring(fault.found));
    }
  }
}

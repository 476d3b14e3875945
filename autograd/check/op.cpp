#include <cinta/autograd/check/detail/driver/runner.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cstring>

namespace cinta::check {

using std::to_string;

namespace {

// The text in front of " [module, file:line]".
std::string without_place(const std::string& text) {
  return text.substr(0, std::min(text.rfind(" ["), text.size()));
}

}  // namespace

Function Function::of_pointer(Tensor (*fn)(const Tensors&)) {
  Function function;
  function.call_ = [fn](const Tensors& in) { return Tensors{fn(in)}; };
  return function;
}

std::function<void()> Refusal::of_pointer(Tensor (*call)()) {
  return [call] { call(); };
}

std::vector<std::string> Runner::run() {
  std::vector<Sample> samples = row_.samples;
  if (samples.empty()) fail("the row has no samples");
  if (row_.elementwise && !samples.empty()) {
    const std::vector<Sample> more = elementwise_samples(samples.front());
    samples.insert(samples.end(), more.begin(), more.end());
  }
  std::uint64_t seed = 0;
  for (char c : row_.name) seed = seed * 31 + std::uint64_t(c);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    sample_ = &samples[i];
    seed_ = seed + 1000 * i;
    where_ = "sample " + to_string(i);
    guard("", [&] { check_sample(i); });
  }
  where_.clear();
  for (const Refusal& refusal : row_.errors) guard("errors", [&] { check_refusal(refusal); });
  if (dropped_ > 0) failures_.push_back(row_.name + ": and " + to_string(dropped_) + " more");
  return std::move(failures_);
}

// ---- Errors ----

std::string Runner::row_file() const {
  const char* slash = std::strrchr(row_.site.file, '/');
  return slash ? slash + 1 : row_.site.file;
}

void Runner::check_place(const std::string& what, const std::string& text) {
  const std::string place = text.substr(without_place(text).size());
  if (place.find(row_file() + ":") == std::string::npos)
    fail(what + ": the error does not name the caller's file " + row_file() + ": " + text);
}

void Runner::check_refusal(const Refusal& refusal) {
  ++counts_.errors;
  try {
    if (refusal.call)
      refusal.call();
    else
      row_.function(draw(refusal.inputs, 0));
  } catch (const Error& error) {
    if (without_place(error.what()) != refusal.text)
      fail("refused with \"" + without_place(error.what()) + "\" instead of \"" + refusal.text +
           "\"");
    return check_place("refusal", error.what());
  }
  fail("accepted what it has to refuse with \"" + refusal.text + "\"");
}

std::vector<std::string> run(const Row& row, Counts* counts) {
  detail::check_not_empty("check", "a row's function", row.function, row.site);
  detail::check_not_empty("check", "a row's reference", row.reference, row.site);
  const EnableGrad enable;
  Runner runner(row);
  std::vector<std::string> failures = runner.run();
  if (counts) *counts = runner.counts();
  return failures;
}

// ---- Counts ----

namespace {

struct Kind {
  const char* name;
  std::int64_t Counts::*count;
};
constexpr Kind kinds[] = {{"plain", &Counts::plain},
                          {"empty", &Counts::empty},
                          {"broadcast", &Counts::broadcast},
                          {"strided", &Counts::strided},
                          {"with NaN or infinity", &Counts::not_finite},
                          {"extreme", &Counts::extreme},
                          {"against differences", &Counts::differences},
                          {"recorded", &Counts::recorded},
                          {"of errors", &Counts::errors}};

// 12,345
std::string grouped(std::int64_t n) {
  std::string text = to_string(n);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  return text;
}

}  // namespace

std::int64_t Counts::total() const {
  std::int64_t sum = 0;
  for (const Kind& kind : kinds) sum += this->*kind.count;
  return sum;
}

Counts& Counts::operator+=(const Counts& other) {
  for (const Kind& kind : kinds) this->*kind.count += other.*kind.count;
  float32 += other.float32;
  float64 += other.float64;
  second_order += other.second_order;
  return *this;
}

std::string Counts::str() const {
  std::string text = grouped(total()) + " cases:";
  for (const Kind& kind : kinds) text += " " + grouped(this->*kind.count) + " " + kind.name + ",";
  return text + " " + grouped(float32) + " in float32, " + grouped(float64) + " in float64";
}

}  // namespace cinta::check

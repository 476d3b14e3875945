#include <algorithm>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/nn/module/summary.hpp>
#include <cstring>
#include <map>
#include <ostream>
#include <string_view>
#include <unordered_set>

namespace cinta::nn {
namespace {

/// Numbers in a row of the weight, which is what an element of the output is a product over.
std::int64_t per_output(const Tensor& weight) {
  return weight.size(0) == 0 ? 0 : weight.numel() / weight.size(0);
}

/// Multiplications of an operation whose work is matrix products; 0 of all others.
std::int64_t multiplications_of(std::string_view name, const Inputs& in, TensorSpan out) {
  const std::int64_t results = out[0].numel();
  if (name == "linear") return results * per_output(in[1]);
  if (name == "matmul" || name == "bmm") return results * in[0].size(-1);
  if (name.starts_with("conv_transpose")) return in[0].numel() * per_output(in[1]);
  if (name.starts_with("conv")) return results * per_output(in[1]);
  if (name.starts_with("lstm") || name.starts_with("gru") || name.starts_with("rnn")) {
    // Each step of each sequence: its input and its state by (gates, in) and (gates, hidden), which
    // come behind x and the state, of lstm two tensors.
    const int ih = name.starts_with("lstm") ? 3 : 2;
    const std::int64_t hidden = out[0].size(-1);
    return hidden == 0 ? 0 : results / hidden * (in[ih].numel() + in[ih + 1].numel());
  }
  if (name == "scaled_dot_product_attention")  // (..., query, width) with (..., key, width)
    return in[0].numel() * in[1].size(-2) + results * in[1].size(-2);
  return 0;
}

class Count final : cinta::detail::OpWatch {
 public:
  struct Ran {
    std::vector<Spec> outputs;
    std::int64_t multiplications = 0;
  };
  std::map<std::string, Ran, std::less<>> modules;  // by path
  std::int64_t output_bytes = 0;

 private:
  void after_forward(const Op& op, const Inputs& inputs, TensorSpan outputs,
                     const cinta::detail::Forward*) override {
    if (nested() || outputs.size() == 0) return;
    std::string path = op.site.module ? op.site.module : "";
    modules[path].multiplications += multiplications_of(op.name, inputs, outputs);
    std::vector<Spec> specs;
    for (const Tensor& output : outputs) {
      specs.push_back(output.spec());
      if (!shows_input(output, inputs))
        output_bytes += output.numel() * std::int64_t(size_of(output.dtype()));
    }
    for (;;) {  // of this module and all that it is a part of
      modules[path].outputs = specs;
      if (path.empty()) break;
      const std::size_t dot = path.rfind('.');
      path.resize(dot == std::string::npos ? 0 : dot);
    }
  }

  static bool shows_input(const Tensor& output, const Inputs& inputs) {
    for (int i = 0; i < inputs.size(); ++i)
      if (inputs[i].storage().get() == output.storage().get()) return true;
    return false;
  }
};

/// Notes what modules return, while it lives: the last operation in one need not make its output.
class Results {
 public:
  std::map<std::string, std::vector<Spec>, std::less<>> modules;  // by path

  explicit Results(const Module& net) {
    for (const auto& [path, module] : net.named_modules())
      hooks_.push_back(module.register_forward_hook(
          [this](const Module& ran, const Tensors&, const Tensors& outputs) {
            std::vector<Spec>& specs = modules[ran.path()];
            specs.clear();
            for (const Tensor& output : outputs)
              if (output.defined()) specs.push_back(output.spec());
          }));
  }
  ~Results() {
    for (HookHandle& hook : hooks_) hook.remove();
  }
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

 private:
  std::vector<HookHandle> hooks_;
};

/// 1234567 as 1,234,567.
std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::ptrdiff_t at = std::ptrdiff_t(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(std::size_t(at), ",");
  return digits;
}

std::string in_bytes(std::int64_t bytes) {
  constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double amount = double(bytes);
  int unit = 0;
  for (; amount >= 1024 && unit < 4; ++unit) amount /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
  return text;
}

}  // namespace

Summary detail::summarize(const Module& net, const std::type_info& type,
                          const std::function<void()>& run) {
  Count count;
  {
    const EvalGuard eval(net);
    const NoGrad no_grad;
    Results results(net);
    run();
    for (auto& [path, specs] : results.modules) count.modules[path].outputs = std::move(specs);
  }
  Summary summary;
  summary.output_bytes = count.output_bytes;
  const auto bytes = [](const Tensor& x) { return x.numel() * std::int64_t(size_of(x.dtype())); };
  std::unordered_set<const TensorImpl*> seen;
  for (const auto& [path, buffer] : net.named_buffers())
    if (seen.insert(buffer.impl()).second) {
      summary.buffers += buffer.numel();
      summary.bytes += bytes(buffer);
    }
  std::map<std::string, std::int64_t> parameters;  // by the path of their module
  for (const auto& [path, tensor] : net.named_tensors()) {
    if (!seen.insert(tensor.impl()).second) continue;
    const std::size_t dot = path.rfind('.');
    parameters[dot == std::string::npos ? "" : path.substr(0, dot)] += tensor.numel();
    summary.parameters += tensor.numel();
    summary.bytes += bytes(tensor);
  }
  for (const Tensor& parameter : net.parameters()) summary.trainable += parameter.numel();

  for (const auto& [path, module] : net.named_modules()) {
    Summary::Layer layer{.path = path, .kind = path.empty() ? class_name(type) : module.kind()};
    layer.parameters = std::exchange(parameters[path], 0);  // a module that was added twice
    if (const auto ran = count.modules.find(module.path()); ran != count.modules.end()) {
      layer.outputs = ran->second.outputs;
      layer.multiplications = std::exchange(ran->second.multiplications, 0);
    }
    summary.multiplications += layer.multiplications;
    summary.layers.push_back(std::move(layer));
  }
  return summary;
}

std::string Summary::str() const {
  std::vector<std::vector<std::string>> rows = {
      {"module", "output", "parameters", "multiplications"}};
  for (const Layer& layer : layers) {
    const std::size_t dot = layer.path.rfind('.');
    const auto depth = std::size_t(std::count(layer.path.begin(), layer.path.end(), '.')) +
                       (layer.path.empty() ? 0 : 1);
    const std::string name = dot == std::string::npos ? layer.path : layer.path.substr(dot + 1);
    std::string outputs;
    for (const Spec& spec : layer.outputs)
      outputs += (outputs.size() == 0 ? "" : ", ") +
                 (spec.dtype == float32 ? spec.shape.str() : spec.str());
    rows.push_back({std::string(2 * depth, ' ') + (name.empty() ? "" : name + ": ") + layer.kind,
                    outputs, layer.parameters ? grouped(layer.parameters) : "",
                    layer.multiplications ? grouped(layer.multiplications) : ""});
  }
  std::size_t widths[4] = {};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < 4; ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      line += (i ? "  " : "") + (i < 2 ? row[i] + space : space + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  text += "parameters " + grouped(parameters) +
          (trainable == parameters ? "" : ", of which " + grouped(trainable) + " are trained") +
          (buffers ? ", in buffers " + grouped(buffers) : "") + ", " + in_bytes(bytes) +
          "; multiplications " + grouped(multiplications) + "; results " + in_bytes(output_bytes) +
          "\n";
  return text;
}

// Clang and gcc hide what is declared in a class alone.
[[gnu::visibility("default")]] std::ostream& operator<<(std::ostream& out, const Summary& summary) {
  return out << summary.str();
}

}  // namespace cinta::nn

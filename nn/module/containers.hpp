#pragma once
// Modules made of modules: lists, dictionaries, sums with a shortcut.

#include <cinta/autograd/core/error.hpp>
#include <cinta/nn/module/call.hpp>
#include <cinta/nn/shape.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <memory>
#include <string_view>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// Modules of one class in a row, named "0", "1", ...; which is called when is the owner's to say.
///
///     nn::ModuleList<nn::Linear> layers = add("layers", nn::ModuleList<nn::Linear>());
///     for (int i = 0; i < 4; ++i) layers.push_back(nn::Linear(64, 64));
///     for (nn::Linear& layer : layers) x = relu(layer(x));
template <std::derived_from<Module> M>
class ModuleList : public Module {
 public:
  ModuleList() = default;
  ModuleList(std::initializer_list<M> modules) {
    for (const M& module : modules) push_back(module);
  }

  void push_back(M module, Site site = {}) {
    modules_->push_back(add(std::to_string(size()), std::move(module), site));
  }
  std::size_t size() const { return modules_->size(); }
  /// Negative numbers count from the end. Throws IndexError.
  M& operator[](std::int64_t i) { return (*modules_)[place(i)]; }
  const M& operator[](std::int64_t i) const { return (*modules_)[place(i)]; }
  auto begin() { return modules_->begin(); }
  auto end() { return modules_->end(); }
  auto begin() const { return std::as_const(*modules_).begin(); }
  auto end() const { return std::as_const(*modules_).end(); }

 private:
  std::size_t place(std::int64_t i) const {
    const std::int64_t count = std::int64_t(size());
    if (i < -count || i >= count)
      throw IndexError(
          "ModuleList: no module " + std::to_string(i) + " among " + std::to_string(count),
          SiteScope::resolve(Site()));
    return std::size_t(i < 0 ? i + count : i);
  }

  // Of all handles.
  std::shared_ptr<std::vector<M>> modules_ = std::make_shared<std::vector<M>>();
};

/// Modules of one class by name, in the order in which they were added.
///
///     nn::ModuleDict<nn::Linear> heads = add("heads", nn::ModuleDict<nn::Linear>());
///     heads.insert("price", nn::Linear(64, 1));
///     y = heads["price"](x);
template <std::derived_from<Module> M>
class ModuleDict : public Module {
 public:
  ModuleDict() = default;
  ModuleDict(std::initializer_list<std::pair<std::string, M>> modules) {
    for (const auto& [name, module] : modules) insert(name, module);
  }

  /// Throws ValueError if the name is taken, empty or holds a dot.
  void insert(const std::string& name, M module, Site site = {}) {
    modules_->emplace_back(name, add(name, std::move(module), site));
  }
  std::size_t size() const { return modules_->size(); }
  bool contains(std::string_view name) const { return find(name) != size(); }
  /// Throws ValueError that lists the names there are.
  M& operator[](std::string_view name) { return (*modules_)[checked(name)].second; }
  const M& operator[](std::string_view name) const { return (*modules_)[checked(name)].second; }
  auto begin() { return modules_->begin(); }
  auto end() { return modules_->end(); }
  auto begin() const { return std::as_const(*modules_).begin(); }
  auto end() const { return std::as_const(*modules_).end(); }

 private:
  std::size_t find(std::string_view name) const {
    std::size_t i = 0;
    while (i < size() && (*modules_)[i].first != name) ++i;
    return i;
  }
  std::size_t checked(std::string_view name) const {
    const std::size_t i = find(name);
    if (i < size()) return i;
    std::string text = "ModuleDict: no module \"" + std::string(name) + "\" among";
    for (const auto& [known, module] : *modules_) text += " " + known;
    throw ValueError(text, SiteScope::resolve(Site()));
  }

  using Named = std::vector<std::pair<std::string, M>>;
  std::shared_ptr<Named> modules_ = std::make_shared<Named>();  // of all handles
};

/// y = inner(x) + x, or inner(x) + shortcut(x) where the shape changes (He et al. 2016).
///
///     nn::Residual block(nn::Sequential(nn::LayerNorm({64}), nn::Linear(64, 64), nn::GELU()));
template <detail::ModuleOf<Tensor> Inner, detail::ModuleOf<Tensor> Shortcut = Identity>
class Residual : public Module {
 public:
  explicit Residual(Inner inner, Shortcut shortcut = Shortcut())
      : inner_(add("inner", std::move(inner))), shortcut_(add("shortcut", std::move(shortcut))) {}

  Tensor operator()(const Tensor& x, Site site = {}) {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return nn::call(inner_, in) + nn::call(shortcut_, in); },
                x);
  }

 private:
  Inner inner_;
  Shortcut shortcut_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop

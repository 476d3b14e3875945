#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/nn/module/clone.hpp>
#include <string_view>
#include <unordered_set>

namespace cinta::nn::detail {
namespace {

std::vector<std::string> names_of(const auto& named) {
  std::vector<std::string> names;
  for (const auto& [name, thing] : named) names.push_back(name);
  return names;
}

void add_missing(std::string& text, const char* what, const std::vector<std::string>& from,
                 const std::vector<std::string>& in) {
  const std::unordered_set<std::string_view> there(in.begin(), in.end());
  for (const std::string& name : from)
    if (!there.contains(name)) text += (text.empty() ? " " : ", ") + std::string(what) + name;
}

}  // namespace

void copy_module(const Module& from, const Module& to, const Site& site) {
  const NamedTensors given = from.named_tensors(), mine = to.named_tensors();
  std::string wrong;
  add_missing(wrong, "missing ", names_of(given), names_of(mine));
  add_missing(wrong, "unexpected ", names_of(mine), names_of(given));
  if (wrong.empty())
    add_missing(wrong, "missing module ", names_of(from.named_modules()),
                names_of(to.named_modules()));
  for (std::size_t i = 0; wrong.empty() && i < given.size(); ++i)
    if (given[i].first != mine[i].first)
      wrong = " " + given[i].first + " was added in another order";
  for (std::size_t i = 0; wrong.empty() && i < given.size(); ++i)
    if (given[i].second.shape() != mine[i].second.shape())
      wrong = " " + given[i].first + " is " + given[i].second.spec().str() + " and " +
              mine[i].second.spec().str() + " in the module that was made";
  if (!wrong.empty())
    throw ValueError("clone: the module that was made is another one:" + wrong, site);

  const NoGrad no_grad;
  for (std::size_t i = 0; i < given.size(); ++i)
    mine[i].second.set_data(cinta::clone(given[i].second), site);
  // Frozen or not as it is there, tensor by tensor: a name may hold what a pattern means otherwise.
  for (std::size_t i = 0; i < given.size(); ++i) {
    Tensor mine_too = mine[i].second;
    if (mine_too.requires_grad() != given[i].second.requires_grad())
      mine_too.requires_grad_(given[i].second.requires_grad(), site);
  }
  const NamedModules modules = from.named_modules(), copies = to.named_modules();
  for (std::size_t i = 0; i < modules.size();
       ++i)  // parents first, as train() sets those below too
    copies[i].second.train(modules[i].second.is_training());
}

}  // namespace cinta::nn::detail

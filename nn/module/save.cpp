#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/safetensors.hpp>
#include <cinta/io/text.hpp>
#include <cinta/nn/module/detail/load_plan.hpp>
#include <cinta/nn/module/save.hpp>
#include <map>
#include <optional>

namespace cinta::nn {

namespace {

/// What each `*` of the pattern stands for in a text that fits.
bool fits(std::string_view pattern, std::string_view text, std::vector<std::string_view>& stars) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] != '*')
    return text.starts_with(pattern[0]) && fits(pattern.substr(1), text.substr(1), stars);
  for (std::size_t taken = 0; taken <= text.size(); ++taken) {
    stars.push_back(text.substr(0, taken));
    if (fits(pattern.substr(1), text.substr(taken), stars)) return true;
    stars.pop_back();
  }
  return false;
}

std::string with_stars(const std::string& pattern, const std::vector<std::string_view>& stars) {
  std::string text;
  std::size_t next = 0;
  for (const char c : pattern) {
    if (c == '*')
      text += stars[next++];
    else
      text += c;
  }
  return text;
}

/// The file's names as the module has them.
class Names {
 public:
  Names(const LoadOptions& options, const Site& site)
      : options_(options), used_(options.rename.size()) {
    for (const auto& [from, to] : options.rename)
      if (std::count(to.begin(), to.end(), '*') > std::count(from.begin(), from.end(), '*'))
        throw ValueError("load: rename " + quoted(from, to) + ": there are more * on the right",
                         site);
  }

  /// None for a tensor that is left out.
  std::optional<std::string> of(const std::string& name) {
    if (!name.starts_with(options_.prefix)) return std::nullopt;
    const std::string rest = name.substr(options_.prefix.size());
    for (std::size_t i = 0; i < used_.size(); ++i) {
      std::vector<std::string_view> stars;
      const auto& [from, to] = options_.rename[i];
      if (!fits(from, rest, stars)) continue;
      used_[i] = true;
      if (to.empty()) return std::nullopt;
      return with_stars(to, stars);
    }
    return rest;
  }

  std::vector<std::string> unused() const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < used_.size(); ++i)
      if (!used_[i])
        all.push_back("rename " + quoted(options_.rename[i].first, options_.rename[i].second) +
                      " fits no name");
    return all;
  }

 private:
  static std::string quoted(const std::string& from, const std::string& to) {
    return "\"" + from + "\" to \"" + to + "\"";
  }
  const LoadOptions& options_;
  std::vector<bool> used_;
};

}  // namespace

void save(const Module& module, const std::string& path) {
  save(module, path, io::SafetensorsOptions());
}

void save(const Module& module, const std::string& path, const io::SafetensorsOptions& options) {
  io::SafetensorsOptions with_format = options;
  with_format.metadata.emplace("format", "pt");
  io::save_safetensors(path, module.state_dict(), with_format);
}

IncompatibleKeys load(const Module& module, const std::string& path, const LoadOptions& options,
                      Site site) {
  const io::SafetensorsFile file(path);
  Names names(options, site);
  StateDict state;
  std::map<std::string, std::string> origins;
  std::vector<std::string> complaints;
  for (const std::string& name : file.names()) {
    const std::optional<std::string> here = names.of(name);
    if (!here) continue;
    const auto [origin, is_new] = origins.emplace(*here, name);
    if (is_new)
      state.emplace_back(*here, file.load(name));
    else
      complaints.push_back(origin->second + " and " + name + " both become " + *here);
  }
  if (options.strict)
    for (const std::string& complaint : names.unused()) complaints.push_back(complaint);
  const StateDict mine = module.state_dict();
  const std::string who = "load: " + io::escaped(path);
  const detail::LoadPlan plan =
      detail::plan_load(who, mine, state, options.strict, site, complaints);
  if (plan.copies.empty() && !mine.empty())
    throw ValueError(
        who + ": no name in the file is one of the module's, which has " + mine[0].first, site);
  detail::carry_out(plan, site);
  return plan.keys;
}

}  // namespace cinta::nn

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/safetensors.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/checkpoint.hpp>
#include <cinta/train/detail/migration.hpp>
#include <cinta/train/detail/state_text.hpp>
#include <limits>
#include <set>
#include <sstream>

namespace cinta::train {

namespace {

constexpr const char *version_key = "cinta.checkpoint", *parts_key = "cinta.parts";

[[noreturn]] void refuse_entry(const std::string& path, const std::string& key,
                               const std::string& value) {
  throw IoError(io::escaped(path) + ": checkpoint: " + io::quoted(key) + " is " +
                io::quoted(value) + ", which no version writes");
}

/// All parts of a file, each entry under "part/entry", values of the program under "part".
struct Contents {
  std::set<std::string> parts;
  optim::State state;
};

Contents read_contents(const std::string& path) {
  const io::SafetensorsFile file(path);
  const auto version = file.metadata().find(version_key);
  if (version == file.metadata().end())
    throw IoError(io::escaped(path) + ": checkpoint: no file of a checkpoint; load(net, path) is " +
                  "for weights alone");
  const auto number = detail::from_text(version->second);
  if (!number || !std::holds_alternative<std::int64_t>(*number) ||
      std::get<std::int64_t>(*number) < 1)
    refuse_entry(path, version_key, version->second);
  if (std::get<std::int64_t>(*number) > detail::format_version)
    throw IoError(io::escaped(path) + ": checkpoint: version " +
                  std::to_string(std::get<std::int64_t>(*number)) +
                  " of the format, by a newer Cinta; this one reads up to version " +
                  std::to_string(detail::format_version));
  Contents contents;
  for (const auto& [key, text] : file.metadata()) {
    if (key == parts_key) {
      std::istringstream names(text);
      for (std::string name; std::getline(names, name, '/');) contents.parts.insert(name);
    } else if (!key.starts_with("cinta.")) {
      const auto value = detail::from_text(text);
      if (!value) refuse_entry(path, key, text);
      contents.state.values[key] = *value;
    }
  }
  for (auto& [name, tensor] : file.load_all()) contents.state.tensors[name] = tensor;
  try {
    detail::bring_up_to_date(contents.state, std::get<std::int64_t>(*number));
  } catch (const ValueError& error) {
    throw IoError(io::escaped(path) + ": checkpoint: " + io::escaped(error.what()));
  }
  return contents;
}

/// A value of the program: one entry without a name.
Checkpoint::Part part_of_value(const std::function<optim::StateValue()>& get,
                               const std::function<bool(const optim::StateValue&)>& fits,
                               const std::function<void(const optim::StateValue&)>& set) {
  return {[get] {
            optim::State state;
            state.values[""] = get();
            return state;
          },
          [get, fits, set](const optim::State& state, Site site) -> std::function<void()> {
            const auto found = state.values.find("");
            if (found == state.values.end() || state.values.size() + state.tensors.size() != 1)
              throw ValueError("the file has no value, but a part with a state", site);
            if (!fits(found->second))
              throw ValueError("it is '" + detail::to_text(found->second) + "' in the file and '" +
                                   detail::to_text(get()) + "' here",
                               site);
            return [set, value = found->second] { set(value); };
          }};
}

template <class T, class Stored = T>
Checkpoint::Part part_of_variable(T& variable) {
  return part_of_value(
      [&variable] { return optim::StateValue(Stored(variable)); },
      [](const optim::StateValue& value) {
        if (!std::holds_alternative<Stored>(value)) return false;
        if constexpr (std::is_same_v<T, int>) {
          const std::int64_t number = std::get<Stored>(value);
          return number == int(number);
        }
        return true;
      },
      [&variable](const optim::StateValue& value) { variable = T(std::get<Stored>(value)); });
}

}  // namespace

Checkpoint::Checkpoint() {
  parts_.push_back({"generator", {optim::generator_state_dict, optim::prepare_generator_load}});
}

void Checkpoint::add(const std::string& name, Part part, Site site) {
  std::string why;
  if (name.empty()) why = "a name must not be empty";
  if (name.find('/') != name.npos) why = "a name must not hold a slash";
  if (name.starts_with("cinta.")) why = "such names are the format's own";
  for (const Named& other : parts_)
    if (other.name == name) why = "the name is taken";
  if (!why.empty()) throw ValueError("Checkpoint: \"" + name + "\": " + why, site);
  // The generator stays the last one, which nothing draws from after it is loaded.
  parts_.insert(parts_.end() - 1, {name, std::move(part)});
}

void Checkpoint::add(const std::string& name, const nn::Module& module, Site site) {
  add(name,
      Part{[module] {
             optim::State state;
             for (const auto& [path, tensor] : module.state_dict()) state.tensors[path] = tensor;
             return state;
           },
           [module](const optim::State& state, Site place) {
             if (!state.values.empty()) throw ValueError("the file has a part with values", place);
             return module.prepare_load({state.tensors.begin(), state.tensors.end()}, place);
           }},
      site);
}

void Checkpoint::add(const std::string& name, bool& value, Site site) {
  add(name, part_of_variable(value), site);
}
void Checkpoint::add(const std::string& name, int& value, Site site) {
  add(name, part_of_variable<int, std::int64_t>(value), site);
}
void Checkpoint::add(const std::string& name, std::int64_t& value, Site site) {
  add(name, part_of_variable(value), site);
}
void Checkpoint::add(const std::string& name, double& value, Site site) {
  add(name, part_of_variable(value), site);
}
void Checkpoint::add(const std::string& name, std::string& value, Site site) {
  add(name, part_of_variable(value), site);
}
void Checkpoint::add(const std::string& name, std::vector<double>& value, Site site) {
  add(name, part_of_variable(value), site);
}

void Checkpoint::fix(const std::string& name, const optim::StateValue& value, Site site) {
  // As texts, since a NaN is itself there.
  add(name,
      part_of_value([value] { return value; },
                    [value](const optim::StateValue& other) {
                      return detail::to_text(other) == detail::to_text(value);
                    },
                    [](const optim::StateValue&) {}),
      site);
}

void Checkpoint::save(const std::string& path,
                      std::function<void(std::uint64_t, std::uint64_t)> progress) const {
  NamedTensors tensors;
  io::SafetensorsOptions options;
  options.metadata[version_key] = detail::to_text(detail::format_version);
  options.metadata["cinta.version"] = CINTA_VERSION;
  options.progress = std::move(progress);
  for (const Named& part : parts_) {
    const optim::State state = part.part.state_dict();
    const auto key = [&](const std::string& entry) {
      return entry.empty() ? part.name : part.name + "/" + entry;
    };
    for (const auto& [entry, tensor] : state.tensors) tensors.emplace_back(key(entry), tensor);
    for (const auto& [entry, value] : state.values)
      options.metadata[key(entry)] = detail::to_text(value);
    options.metadata[parts_key] += part.name + "/";
  }
  io::save_safetensors(path, tensors, options);
}

void Checkpoint::load(const std::string& path, Site site) const {
  auto [there, state] = read_contents(path);
  std::string missing;
  for (const Named& part : parts_)
    if (there.erase(part.name) == 0) missing += " " + part.name;
  std::string unexpected;
  for (const std::string& name : there) unexpected += " " + name;
  const std::string who = "Checkpoint: " + io::escaped(path) + ":";
  if (!missing.empty() || !unexpected.empty())
    throw ValueError(who + (missing.empty() ? "" : " missing:" + io::escaped(missing)) +
                         (missing.empty() || unexpected.empty() ? "" : ";") +
                         (unexpected.empty() ? "" : " unexpected:" + io::escaped(unexpected)),
                     site);

  std::vector<std::function<void()>> loads;
  for (const Named& part : parts_) {
    optim::State own = optim::part_of_state(state, part.name);
    if (const auto value = state.values.find(part.name); value != state.values.end())
      own.values[""] = value->second;
    try {
      loads.push_back(part.part.prepare_load(own, site));
    } catch (const ShapeError& error) {
      throw ShapeError(who + " " + part.name + ": " + io::escaped(error.what()));
    } catch (const ValueError& error) {
      throw ValueError(who + " " + part.name + ": " + io::escaped(error.what()));
    }
  }
  for (const auto& load : loads) load();
}

std::map<std::string, optim::StateValue> Checkpoint::values(const std::string& path) {
  std::map<std::string, optim::StateValue> found;
  for (const auto& [key, value] : read_contents(path).state.values)
    if (key.find('/') == key.npos) found.emplace(key, value);
  return found;
}

}  // namespace cinta::train

#pragma once

#include <cinta/autograd/core/warning.hpp>
#include <string>
#include <vector>

/// While it lives, warnings are kept here.
class Warnings {
 public:
  Warnings()
      : before_(cinta::set_warning_handler(
            [this](const std::string& text) { texts.push_back(text); })) {}
  ~Warnings() { cinta::set_warning_handler(before_); }
  Warnings(const Warnings&) = delete;
  Warnings& operator=(const Warnings&) = delete;

  std::vector<std::string> texts;

 private:
  cinta::WarningHandler before_;
};

// The library of file formats that need libraries of others.
#include <cinta/io/formats/npz.hpp>
#include <cinta/ops/creation.hpp>

#include <cstdio>
#include <iostream>

int main() {
  cinta::io::save_npz("consumer.npz", {{"x", cinta::ones({2, 3})}});
  const cinta::NamedTensors tensors = cinta::io::load_npz("consumer.npz");
  std::cout << tensors[0].first << ' ' << tensors[0].second.shape().str() << '\n';
  return std::remove("consumer.npz");
}

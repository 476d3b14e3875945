// The main function of every test, for Catch2 version 2. Compiled once.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

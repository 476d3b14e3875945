#pragma once
// Catch2, version 2 or 3, under one set of names. Tests include this file and nothing of Catch2.
//
// Both versions give TEST_CASE, SECTION, GENERATE, CHECK, REQUIRE, CHECK_THROWS_AS,
// CHECK_THROWS_WITH, CHECK_THROWS_MATCHES and CHECK_THAT. What they place differently is here
// under one unqualified name:
//   CHECK(y == Approx(0.5).epsilon(1e-6));
//   CHECK_THROWS_WITH(f(), ContainsSubstring("inner sizes"));
//   CHECK_THROWS_MATCHES(f(), ShapeError, Message("whole text"));
//   CHECK_THAT(y, WithinAbs(0.5, 1e-12));
//   if (sanitized) SKIP_TEST("the memory pool is off");

#include <cstdio>
#include <string_view>

#if __has_include(<catch2/catch_all.hpp>)

#include <catch2/catch_all.hpp>

using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

#else

#include <catch2/catch.hpp>
#include <string>

inline auto ContainsSubstring(
    const std::string& text, Catch::CaseSensitive::Choice sensitivity = Catch::CaseSensitive::Yes) {
  return Catch::Matchers::Contains(text, sensitivity);
}

#endif

// Ends a test case that cannot run here, visibly: ./dev test counts these lines.
#ifdef SKIP
#define SKIP_TEST(reason)                                                                    \
  do {                                                                                       \
    std::printf("skipped: %s: %s\n", Catch::getResultCapture().getCurrentTestName().c_str(), \
                reason);                                                                     \
    SKIP(reason);                                                                            \
  } while (false)
#else
#define SKIP_TEST(reason)                                                                    \
  do {                                                                                       \
    std::printf("skipped: %s: %s\n", Catch::getResultCapture().getCurrentTestName().c_str(), \
                reason);                                                                     \
    return;                                                                                  \
  } while (false)
#endif

#ifndef CINTA_SANITIZED
#define CINTA_SANITIZED ""
#endif
/// The memory pool is off, and memory is more than asked for.
inline constexpr bool sanitized = !std::string_view(CINTA_SANITIZED).empty();
inline constexpr bool thread_sanitized =
    std::string_view(CINTA_SANITIZED).find("thread") != std::string_view::npos;

using Catch::Matchers::EndsWith;
using Catch::Matchers::Equals;
using Catch::Matchers::Message;
using Catch::Matchers::StartsWith;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

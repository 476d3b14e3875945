#pragma once
// The xtensor headers that Cinta uses, wherever the installed version keeps them: until 0.25 they
// lie flat in xtensor/, from 0.26 on in xtensor/containers/ and so on. Everything of xtensor is
// included through this file. It costs a second of compile time, so no header that
// <cinta/cinta.hpp> reaches may include it.
//
// With CINTA_XTENSOR_MATH defined beforehand it also brings functions and reductions.

#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/core/xnoalias.hpp>
#include <xtensor/views/xstrided_view.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xview.hpp>
#endif

#ifdef CINTA_XTENSOR_MATH
#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/core/xmath.hpp>
#else
#include <xtensor/xmath.hpp>
#endif
#endif

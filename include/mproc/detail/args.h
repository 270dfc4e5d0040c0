/*
 * The one ugly room: attributes, and the macros that count and map arguments.
 *
 * Every other public header includes this one. Nothing here is for users to
 * call; names begin with MP__ and may change at any time. The only exception
 * is MP_API, which marks what the shared library exports.
 */
#ifndef MPROC_DETAIL_ARGS_H
#define MPROC_DETAIL_ARGS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#if defined __GNUC__
#define MP_API             __attribute__((visibility("default")))
#define MP__CHECK          __attribute__((warn_unused_result))
#define MP__PRINTF(f_, a_) __attribute__((format(printf, f_, a_)))
#define MP__CLEANUP(f_)    __attribute__((cleanup(f_)))
#define MP__UNUSED         __attribute__((unused))
#else
#define MP_API
#define MP__CHECK
#define MP__PRINTF(f_, a_)
#define MP__UNUSED
#endif

/*
 * Waiting without end, as Python's timeout=None. Every timeout is a number of
 * seconds; zero and negative ones mean "do not wait", as in Python, and so does
 * NaN: a remainder that was computed can never turn into a wait for ever.
 */
#define MP_FOREVER HUGE_VAL

/*
 * The macro layer: C11 only. C++ and C99 call the functions with all their
 * arguments; a program may also choose that by defining MP_NO_MACROS.
 */
#if !defined __cplusplus && !defined MP_NO_MACROS && \
    defined __STDC_VERSION__ && __STDC_VERSION__ >= 201112L
#define MP__MACROS 1
#endif

#ifdef MP__MACROS

#define MP__CAT(a_, b_)  MP__CAT_(a_, b_)
#define MP__CAT_(a_, b_) a_##b_

/* MP__OPT2(a..., two, one): picks by how many arguments were given. */
#define MP__PICK2(a_, b_, x_, ...)             x_
#define MP__PICK3(a_, b_, c_, x_, ...)         x_
#define MP__PICK4(a_, b_, c_, d_, x_, ...)     x_
#define MP__PICK5(a_, b_, c_, d_, e_, x_, ...) x_

/* The first of several arguments, and the others. */
#define MP__FIRST(a_, ...) a_
#define MP__REST(a_, ...)  __VA_ARGS__

/* clang-format off */
/* How many arguments: 1 to 32. */
#define MP__N(...) \
    MP__N_(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, \
           19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define MP__N_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, \
               a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, \
               a27, a28, a29, a30, a31, a32, n_, ...) n_

/* The same, but 4 stands for all that are more. */
#define MP__UPTO4(...) \
    MP__N_(__VA_ARGS__, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, \
           4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 2, 1, 0)

/* f(a), f(b), f(c), ...: flat, so that a compiler's notes stay shallow. */
#define MP__MAP(f_, ...) MP__CAT(MP__MAP, MP__N(__VA_ARGS__))(f_, __VA_ARGS__)
#define MP__MAP1(f_, a1) \
    f_(a1)
#define MP__MAP2(f_, a1, a2) \
    f_(a1), f_(a2)
#define MP__MAP3(f_, a1, a2, a3) \
    f_(a1), f_(a2), f_(a3)
#define MP__MAP4(f_, a1, a2, a3, a4) \
    f_(a1), f_(a2), f_(a3), f_(a4)
#define MP__MAP5(f_, a1, a2, a3, a4, a5) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5)
#define MP__MAP6(f_, a1, a2, a3, a4, a5, a6) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6)
#define MP__MAP7(f_, a1, a2, a3, a4, a5, a6, a7) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7)
#define MP__MAP8(f_, a1, a2, a3, a4, a5, a6, a7, a8) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8)
#define MP__MAP9(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9)
#define MP__MAP10(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10)
#define MP__MAP11(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11)
#define MP__MAP12(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12)
#define MP__MAP13(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13)
#define MP__MAP14(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14)
#define MP__MAP15(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15)
#define MP__MAP16(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16)
#define MP__MAP17(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17)
#define MP__MAP18(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18)
#define MP__MAP19(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19)
#define MP__MAP20(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20)
#define MP__MAP21(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21)
#define MP__MAP22(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22)
#define MP__MAP23(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22), f_(a23)
#define MP__MAP24(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22), f_(a23), f_(a24)
#define MP__MAP25(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22), f_(a23), f_(a24), f_(a25)
#define MP__MAP26(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22), f_(a23), f_(a24), f_(a25), \
    f_(a26)
#define MP__MAP27(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, \
        a26, a27) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22), f_(a23), f_(a24), f_(a25), \
    f_(a26), f_(a27)
#define MP__MAP28(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, \
        a26, a27, a28) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22), f_(a23), f_(a24), f_(a25), \
    f_(a26), f_(a27), f_(a28)
#define MP__MAP29(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, \
        a26, a27, a28, a29) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22), f_(a23), f_(a24), f_(a25), \
    f_(a26), f_(a27), f_(a28), f_(a29)
#define MP__MAP30(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, \
        a26, a27, a28, a29, a30) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22), f_(a23), f_(a24), f_(a25), \
    f_(a26), f_(a27), f_(a28), f_(a29), f_(a30)
#define MP__MAP31(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, \
        a26, a27, a28, a29, a30, a31) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22), f_(a23), f_(a24), f_(a25), \
    f_(a26), f_(a27), f_(a28), f_(a29), f_(a30), f_(a31)
#define MP__MAP32(f_, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, \
        a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, \
        a26, a27, a28, a29, a30, a31, a32) \
    f_(a1), f_(a2), f_(a3), f_(a4), f_(a5), f_(a6), f_(a7), f_(a8), f_(a9), \
    f_(a10), f_(a11), f_(a12), f_(a13), f_(a14), f_(a15), f_(a16), f_(a17), \
    f_(a18), f_(a19), f_(a20), f_(a21), f_(a22), f_(a23), f_(a24), f_(a25), \
    f_(a26), f_(a27), f_(a28), f_(a29), f_(a30), f_(a31), f_(a32)
/* clang-format on */

#endif /* MP__MACROS */

/*
 * mp_auto(mp_queue) q = ...: the handle is freed when its scope ends. Each
 * header says MP__AUTO(type) once for each of its types.
 */
#if defined MP__MACROS && defined __GNUC__
#define MP__AUTO(T_)                                      \
    static inline MP__UNUSED void T_##_auto_free(T_ **p_) \
    {                                                     \
        T_##_free(*p_);                                   \
    }                                                     \
    struct mp__need_semicolon
#define mp_auto(T_) MP__CLEANUP(T_##_auto_free) T_ *
#else
#define MP__AUTO(T_) struct mp__need_semicolon
#endif

#endif

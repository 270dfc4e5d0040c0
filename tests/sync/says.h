/*
 * For tests of this room: what an object says of itself.
 */
#ifndef TESTS_SYNC_SAYS_H
#define TESTS_SYNC_SAYS_H

#include <mproc.h>

#include <stdbool.h>
#include <string.h>

enum { TEXT = 400 };

/* For children, which use no assertions. */
static inline bool says(mp_any v, const char *expected)
{
    char text[TEXT];

    return mp_repr(v, text, sizeof text) >= 0 && strcmp(text, expected) == 0;
}

#define assert_says(object_, expected_)                            \
    do {                                                           \
        char text_[TEXT];                                          \
        assert_true(mp_repr((object_), text_, sizeof text_) >= 0); \
        assert_string_equal(text_, (expected_));                   \
    } while (0)

#endif

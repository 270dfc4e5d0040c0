/*
 * cmocka, and the assertions every test of libmproc needs on top of it. A test
 * includes this file instead of <cmocka.h>.
 *
 *     assert_ok(mp_queue_put(q, 42));
 *     assert_raises(MP_FULL, mp_queue_put(q, 43, 0));
 *     assert_raises_saying(MP_TYPE_ERROR, "expected str", mp_queue_get(q, &s));
 *     mp_queue *q = mp_queue_new(3);  assert_made(q);
 *
 * When one fails it tells the whole error record, traceback included. A forked
 * child never uses an assertion of cmocka, these or others: it would jump back
 * into the parent's list of tests. It returns codes (child.h).
 */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The call returned 0 or a count. */
#define assert_ok(rc_) expect_ok((intmax_t)(rc_), #rc_, __FILE__, __LINE__)

/* The call returned exactly this code. */
#define assert_raises(code_, rc_)                                         \
    expect_raises((code_), #code_, NULL, (intmax_t)(rc_), #rc_, __FILE__, \
                  __LINE__)

/* As above, and the thread's error record has the code and says the words. */
#define assert_raises_saying(code_, words_, rc_)                              \
    expect_raises((code_), #code_, (words_), (intmax_t)(rc_), #rc_, __FILE__, \
                  __LINE__)

/* The constructor did not return NULL. */
#define assert_made(object_) \
    expect_made((object_) != NULL, #object_, __FILE__, __LINE__)

void expect_ok(intmax_t rc, const char *call, const char *file, int line);
void expect_raises(int code, const char *code_name, const char *words,
                   intmax_t rc, const char *call, const char *file, int line);
void expect_made(int made, const char *object, const char *file, int line);

#endif

/*
 * The functions behind the assertions of expect.h. They fail through cmocka's
 * _fail(), which tells the file and line of the test and leaves it.
 */
#include "expect.h"

#include <mproc.h>
#include <stdbool.h>
#include <string.h>

static const char *or_nothing(const char *text)
{
    return text == NULL ? "" : text;
}

/* Print what the library says about the code: its words, and the record of
 * this thread if it is about the same failure. */
static void print_failure(intmax_t rc)
{
    const mp_error *e = mp_error_last();

    if (rc < 0)
        print_error("  %jd is: %s\n", rc, or_nothing(mp_strerror((int)rc)));
    if (e == NULL || (rc < 0 && e->code != rc))
        return;
    print_error("  last error: %d %s: %s\n", e->code, or_nothing(e->type),
                or_nothing(e->message));
    if (e->traceback != NULL)
        print_error("%s\n", e->traceback);
}

void expect_ok(intmax_t rc, const char *call, const char *file, int line)
{
    if (rc >= 0)
        return;
    print_error("expected success: %s\n  returned %jd\n", call, rc);
    print_failure(rc);
    _fail(file, line);
}

static bool record_says(int code, const char *words)
{
    const mp_error *e = mp_error_last();
    return e != NULL && e->code == code && e->message != NULL &&
           strstr(e->message, words) != NULL;
}

void expect_raises(int code, const char *code_name, const char *words,
                   intmax_t rc, const char *call, const char *file, int line)
{
    if (rc != code)
        print_error("expected %s (%d): %s\n  returned %jd\n", code_name, code,
                    call, rc);
    else if (words != NULL && !record_says(code, words))
        print_error("expected %s saying \"%s\": %s\n", code_name, words, call);
    else
        return;
    print_failure(rc);
    _fail(file, line);
}

void expect_made(int made, const char *object, const char *file, int line)
{
    if (made)
        return;
    print_error("expected an object, got NULL: %s\n", object);
    print_failure(0);
    _fail(file, line);
}

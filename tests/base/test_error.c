/*
 * The record of the last failure, what codes are called, and how a failure is
 * printed.
 */
#include "base/error.h"
#include "expect.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* -- the record ------------------------------------------------------------ */

static void fail_sets_code_type_and_message(void **state)
{
    (void)state;
    assert_int_equal(mp__fail(MP_VALUE_ERROR, "x=%d", 3), MP_VALUE_ERROR);
    const mp_error *e = mp_error_last();
    assert_int_equal(e->code, MP_VALUE_ERROR);
    assert_string_equal(e->type, "ValueError");
    assert_string_equal(e->message, "x=3");
    assert_int_equal(e->pid, getpid());
    assert_false(e->remote);
}

static void fail_os_adds_what_strerror_says(void **state)
{
    (void)state;
    assert_int_equal(mp__fail_os(-ENOENT, "cannot open %s", "x"), -ENOENT);
    assert_string_equal(mp_error_last()->message,
                        "cannot open x: No such file or directory");
    assert_string_equal(mp_error_last()->type, "FileNotFoundError");
}

static void record_can_be_raised_again_from_itself(void **state)
{
    (void)state;
    mp__fail(MP_EOF, "%s", "the end");
    const mp_error *e = mp_error_last();
    mp__fail_with(&(struct mp__failure){
        .code = MP_TYPE_ERROR, .type = e->type, .message = e->message});
    assert_string_equal(mp_error_last()->message, "the end");
    assert_string_equal(mp_error_last()->type, "EOFError");
}

static void message_may_quote_the_last_message(void **state)
{
    (void)state;
    mp__fail(MP_EOF, "inner");
    mp__fail(MP_EOF, "outer: %s", mp_error_last()->message);
    assert_string_equal(mp_error_last()->message, "outer: inner");
}

static void long_message_is_cut_off(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    mp__fail(MP_EOF, "%s", text);
    assert_int_equal(strlen(mp_error_last()->message), 1023);
}

static void failure_of_another_process_is_remote(void **state)
{
    (void)state;
    mp__fail_with(&(struct mp__failure){.code = MP_USER - 1,
                                        .type = "MyError",
                                        .message = "far away",
                                        .traceback = "  File \"x.c\"\n",
                                        .pid = 1});
    assert_true(mp_error_last()->remote);
    assert_int_equal(mp_error_last()->pid, 1);
    assert_string_equal(mp_error_last()->traceback, "  File \"x.c\"\n");
    assert_string_equal(mp_error_last()->type, "MyError");
}

static void null_object_answers_with_the_failure_that_made_it(void **state)
{
    (void)state;
    mp__fail(-EMFILE, "cannot make a queue");
    assert_int_equal(mp__fail_null("queue"), -EMFILE);
    assert_string_equal(mp_error_last()->message, "cannot make a queue");
}

static void *in_new_thread(void *out)
{
    const mp_error *e = mp_error_last();
    int *seen = out;

    seen[0] = e->code;
    seen[1] = e->message[0] == '\0' && e->traceback[0] == '\0';
    seen[2] = mp__fail_null("queue");
    return NULL;
}

static void each_thread_has_a_record_of_its_own(void **state)
{
    (void)state;
    pthread_t thread;
    int seen[3] = {1, 0, 0};
    mp__fail(MP_EOF, "here");
    assert_int_equal(pthread_create(&thread, NULL, in_new_thread, seen), 0);
    pthread_join(thread, NULL);
    assert_int_equal(seen[0], MP_OK);
    assert_true(seen[1]);
    assert_int_equal(seen[2], MP_VALUE_ERROR);
    assert_int_equal(mp_error_last()->code, MP_EOF);
}

static void count_grows_with_each_failure(void **state)
{
    (void)state;
    unsigned long before = mp__fail_count();
    mp__fail(MP_EOF, "once");
    mp__fail(MP_EOF, "twice");
    assert_int_equal(mp__fail_count() - before, 2);
    assert_int_equal(mp__fail_code(), MP_EOF);
}

/* -- tracebacks ------------------------------------------------------------ */

static int captured, named;

static size_t capture(void **addresses, size_t n)
{
    captured++;
    assert_true(n >= 1);
    addresses[0] = &captured;
    return 1;
}

static void name(void *const *addresses, size_t n, char *text, size_t size)
{
    named++;
    assert_int_equal(n, 1);
    assert_ptr_equal(addresses[0], &captured);
    snprintf(text, size, "  File \"x.c\", line 12, in worker\n");
}

static const struct mp__trace_hooks hooks = {capture, name};
static const struct mp__trace_hooks no_hooks;

static int install(void **state)
{
    (void)state;
    captured = named = 0;
    mp__trace_install(&hooks);
    return 0;
}

static int remove_hooks(void **state)
{
    (void)state;
    mp__trace_install(&no_hooks);
    return 0;
}

static void frames_are_named_when_looked_at(void **state)
{
    (void)state;
    mp__fail(MP_VALUE_ERROR, "x");
    assert_int_equal(captured, 1);
    assert_int_equal(named, 0);
    assert_string_equal(mp_error_last()->traceback,
                        "  File \"x.c\", line 12, in worker\n");
    mp_error_last();
    assert_int_equal(named, 1);
}

static void normal_answers_carry_no_traceback(void **state)
{
    (void)state;
    const int quiet[] = {MP_EMPTY, MP_FULL, MP_TIMEOUT, MP_EOF};
    for (size_t i = 0; i < 4; i++)
        mp__fail(quiet[i], "x");
    assert_int_equal(captured, 0);
    assert_string_equal(mp_error_last()->traceback, "");
}

/* -- names ----------------------------------------------------------------- */

static void own_codes_have_pythons_names(void **state)
{
    (void)state;
    assert_string_equal(mp_strerror(MP_EMPTY), "queue.Empty");
    assert_string_equal(mp_strerror(MP_TIMEOUT), "TimeoutError");
    assert_string_equal(mp_strerror(MP_VALUE_ERROR), "ValueError");
    assert_string_equal(mp_strerror(MP_SHUT_DOWN), "queue.ShutDown");
    assert_string_equal(mp_strerror(MP_USER - 7), "Exception");
}

static void system_errors_have_strerrors_texts(void **state)
{
    (void)state;
    assert_string_equal(mp_strerror(-ENOMEM), strerror(ENOMEM));
}

static void other_codes_are_unknown(void **state)
{
    (void)state;
    assert_string_equal(mp_strerror(0), "unknown error");
    assert_string_equal(mp_strerror(7), "unknown error");
    assert_string_equal(mp_strerror(-9999), "unknown error");
}

static void broken_pipe_is_pythons_class(void **state)
{
    (void)state;
    mp__fail_os(-EPIPE, "send");
    assert_string_equal(mp_error_last()->type, "BrokenPipeError");
    mp__fail_os(-EIO, "send");
    assert_string_equal(mp_error_last()->type, "OSError");
}

/* -- printing -------------------------------------------------------------- */

/* What mp_perror writes to stderr. */
static const char *printed(const char *what, int expected)
{
    static char text[4096];
    int pipe_fds[2];
    int saved = dup(STDERR_FILENO);

    assert_int_equal(pipe(pipe_fds), 0);
    dup2(pipe_fds[1], STDERR_FILENO);
    close(pipe_fds[1]);
    int rc = mp_perror(what);
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t n = read(pipe_fds[0], text, sizeof text - 1);
    close(pipe_fds[0]);
    text[n > 0 ? n : 0] = '\0';
    assert_int_equal(rc, expected);
    return text;
}

static void perror_prints_type_and_message(void **state)
{
    (void)state;
    mp__fail(MP_VALUE_ERROR, "x=3");
    assert_string_equal(printed(NULL, MP_VALUE_ERROR), "ValueError: x=3\n");
}

static void perror_prints_what_first(void **state)
{
    (void)state;
    mp__fail(MP_EMPTY, "%s", "");
    assert_string_equal(printed("get", MP_EMPTY), "get:\nqueue.Empty\n");
}

static void perror_prints_the_errno(void **state)
{
    (void)state;
    mp__fail_os(-ENOENT, "cannot open x");
    assert_string_equal(printed(NULL, -ENOENT),
                        "FileNotFoundError: [Errno 2] cannot open x: "
                        "No such file or directory\n");
}

static void perror_prints_the_traceback(void **state)
{
    (void)state;
    mp__fail(MP_VALUE_ERROR, "x=3");
    assert_string_equal(printed(NULL, MP_VALUE_ERROR),
                        "Traceback (most recent call last):\n"
                        "  File \"x.c\", line 12, in worker\n"
                        "ValueError: x=3\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_has_a_record_of_its_own),
        cmocka_unit_test(fail_sets_code_type_and_message),
        cmocka_unit_test(fail_os_adds_what_strerror_says),
        cmocka_unit_test(record_can_be_raised_again_from_itself),
        cmocka_unit_test(message_may_quote_the_last_message),
        cmocka_unit_test(long_message_is_cut_off),
        cmocka_unit_test(failure_of_another_process_is_remote),
        cmocka_unit_test(null_object_answers_with_the_failure_that_made_it),
        cmocka_unit_test(count_grows_with_each_failure),
        cmocka_unit_test_setup_teardown(frames_are_named_when_looked_at,
                                        install, remove_hooks),
        cmocka_unit_test_setup_teardown(normal_answers_carry_no_traceback,
                                        install, remove_hooks),
        cmocka_unit_test(own_codes_have_pythons_names),
        cmocka_unit_test(system_errors_have_strerrors_texts),
        cmocka_unit_test(other_codes_are_unknown),
        cmocka_unit_test(broken_pipe_is_pythons_class),
        cmocka_unit_test(perror_prints_type_and_message),
        cmocka_unit_test(perror_prints_what_first),
        cmocka_unit_test(perror_prints_the_errno),
        cmocka_unit_test_setup_teardown(perror_prints_the_traceback, install,
                                        remove_hooks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The logger: who is told what, in which words, and that it disturbs nothing.
 */
#include "expect.h"
#include "fault.h"
#include "output.h"

#include <mproc.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int nothing(mp_call *c)
{
    (void)c;
    return 0;
}

static int run(mp_fn fn)
{
    mp_auto(mp_process) p = mp_process_new(fn);
    MP_TRY(mp_process_start(p));
    return mp_process_join(p, 20.0);
}

static void assert_prints(const char *expected, int (*fn)(void *))
{
    char text[8192];
    assert_int_equal(output_of(fn, NULL, 30.0, text, sizeof text), 0);
    assert_string_equal(text, expected);
}

/* -- who is told what ------------------------------------------------------ */

static int log_to_nobody(void *unused)
{
    (void)unused;
    mp_logger_critical(mp_get_logger(), "unheard");
    return run(nothing);
}

static void nothing_is_printed_by_default(void **state)
{
    (void)state;
    assert_prints("", log_to_nobody);
}

static void say_all(mp_logger *logger)
{
    mp_logger_log(logger, MP_SUBDEBUG, "%d", 5);
    mp_logger_debug(logger, "%s", "ten");
    mp_logger_info(logger, "twenty");
    mp_logger_log(logger, MP_SUBWARNING, "%d", 25);
    mp_logger_warning(logger, "%c", '3');
    mp_logger_error(logger, "forty");
    mp_logger_critical(logger, "%%");
}

static int log_all(void *unused)
{
    (void)unused;
    say_all(mp_log_to_stderr(1));
    return 0;
}

static void each_level_has_its_name(void **state)
{
    (void)state;
    assert_prints("[Level 5/MainProcess] 5\n"
                  "[DEBUG/MainProcess] ten\n"
                  "[INFO/MainProcess] twenty\n"
                  "[Level 25/MainProcess] 25\n"
                  "[WARNING/MainProcess] 3\n"
                  "[ERROR/MainProcess] forty\n"
                  "[CRITICAL/MainProcess] %\n",
                  log_all);
}

static int log_without_level(void *unused)
{
    (void)unused;
    say_all(mp_log_to_stderr());
    return mp_logger_level(mp_get_logger());
}

static void warnings_and_worse_are_told_if_no_level_was_set(void **state)
{
    (void)state;
    assert_prints("[WARNING/MainProcess] 3\n"
                  "[ERROR/MainProcess] forty\n"
                  "[CRITICAL/MainProcess] %\n",
                  log_without_level);
}

static int log_with_level_kept(void *unused)
{
    (void)unused;
    mp_logger *logger = mp_get_logger();
    if (mp_logger_set_level(logger, MP_ERROR) < 0)
        return 1;
    say_all(mp_log_to_stderr());
    return mp_logger_level(logger) != MP_ERROR;
}

static void a_level_that_was_set_stays(void **state)
{
    (void)state;
    assert_prints("[ERROR/MainProcess] forty\n"
                  "[CRITICAL/MainProcess] %\n",
                  log_with_level_kept);
}

static void enabled_is_what_would_be_told(void **state)
{
    (void)state;
    mp_logger *logger = mp_log_to_stderr(MP_INFO);
    assert_int_equal(mp_logger_is_enabled_for(logger, MP_INFO), 1);
    assert_int_equal(mp_logger_is_enabled_for(logger, MP_DEBUG), 0);
    assert_ok(mp_logger_set_handler(logger, NULL, NULL));
    assert_int_equal(mp_logger_is_enabled_for(logger, MP_CRITICAL), 0);
    assert_ok(mp_logger_set_level(logger, MP_NOTSET));
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    mp_logger *logger = mp_get_logger();
    assert_raises_saying(MP_VALUE_ERROR, "a logger's level is -1",
                         mp_logger_set_level(logger, -1));
    assert_int_equal(mp_logger_level(logger), MP_NOTSET);
    assert_raises(MP_VALUE_ERROR, mp_logger_set_level(NULL, 1));
    assert_raises(MP_VALUE_ERROR, mp_logger_set_handler(NULL, NULL, NULL));
    mp_logger_error(NULL, "nowhere");
}

/* -- a handler of the program's own ---------------------------------------- */

static void keep(void *self, const mp_log_record *r)
{
    snprintf(self, 256, "%d %s %s: %s", r->level, r->level_name,
             r->process_name, r->message);
}

static void a_handler_gets_the_record(void **state)
{
    (void)state;
    char text[256] = "";
    mp_logger *logger = mp_get_logger();
    assert_ok(mp_logger_set_handler(logger, keep, text));
    mp_logger_warning(logger, "%d of %d", 2, 3);
    assert_ok(mp_logger_set_handler(logger, NULL, NULL));
    mp_logger_warning(logger, "too late");
    assert_string_equal(text, "30 WARNING MainProcess: 2 of 3");
}

static int say_from_child(mp_call *c)
{
    (void)c;
    mp_logger_info(mp_get_logger(), "here");
    return 0;
}

static void keep_if_here(void *self, const mp_log_record *r)
{
    if (strcmp(r->message, "here") == 0)
        keep(self, r);
}

static void a_child_inherits_level_and_handler(void **state)
{
    (void)state;
    char *text = shared_memory(256);
    mp_logger *logger = mp_get_logger();
    assert_ok(mp_logger_set_level(logger, MP_INFO));
    assert_ok(mp_logger_set_handler(logger, keep_if_here, text));
    mp_auto(mp_process) p = mp_process_new(say_from_child, .name = "child");
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_join(p));
    assert_ok(mp_logger_set_handler(logger, NULL, NULL));
    assert_ok(mp_logger_set_level(logger, MP_NOTSET));
    assert_string_equal(text, "20 INFO child: here");
    shared_memory_free(text, 256);
}

/* Two pairs, of which a child must find one and not a mixture. */
static int one, two;
static _Atomic bool is_over, is_mixed;

static void expect_one(void *self, const mp_log_record *r)
{
    (void)r;
    if (self != &one)
        is_mixed = true;
}

static void expect_two(void *self, const mp_log_record *r)
{
    (void)r;
    if (self != &two)
        is_mixed = true;
}

static void *change_for_ever(void *logger)
{
    while (!is_over) {
        (void)mp_logger_set_handler(logger, expect_one, &one);
        (void)mp_logger_set_handler(logger, expect_two, &two);
    }
    return NULL;
}

static int log_once(void *logger)
{
    mp_logger_error(logger, "x");
    return is_mixed;
}

static void a_child_finds_a_whole_handler_whenever_it_is_forked(void **state)
{
    (void)state;
    pthread_t thread;
    mp_logger *logger = mp_get_logger();
    is_over = false;
    assert_int_equal(pthread_create(&thread, NULL, change_for_ever, logger), 0);
    int wrong = 0;
    for (int i = 0; i < 300; i++)
        wrong += child_run(log_once, logger, 20.0) != 0;
    is_over = true;
    pthread_join(thread, NULL);
    assert_ok(mp_logger_set_handler(logger, NULL, NULL));
    assert_int_equal(wrong, 0);
}

/* -- writing --------------------------------------------------------------- */

/* A pipe that keeps each write(2) apart. */
static int write_to_packets(void *unused)
{
    int ends[2];
    char message[3001], packet[PIPE_BUF];
    (void)unused;
    if (pipe2(ends, O_DIRECT) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
        return 1;
    memset(message, 'x', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    mp_logger_error(mp_log_to_stderr(), "%s", message);
    mp_logger_error(mp_get_logger(), "short");
    if (read(ends[0], packet, sizeof packet) !=
        (ssize_t)strlen("[ERROR/MainProcess] \n") + 3000)
        return 2;
    return read(ends[0], packet, sizeof packet) !=
           (ssize_t)strlen("[ERROR/MainProcess] short\n");
}

static void a_record_is_one_write(void **state)
{
    (void)state;
    assert_int_equal(child_run(write_to_packets, NULL, 20.0), 0);
}

static int log_interrupted(void *unused)
{
    (void)unused;
    mp_logger *logger = mp_log_to_stderr();
    fault_arm(FAULT_CALL, 1, EINTR);
    mp_logger_error(logger, "still");
    return !fault_disarm();
}

static void an_interrupted_write_is_done_again(void **state)
{
    (void)state;
    assert_prints("[ERROR/MainProcess] still\n", log_interrupted);
}

static int log_to_closed(void *unused)
{
    (void)unused;
    int code = mp_error_last()->code;
    mp_logger *logger = mp_log_to_stderr();
    close(STDERR_FILENO);
    errno = ENOTTY;
    mp_logger_error(logger, "%s", "nowhere");
    return errno != ENOTTY || mp_error_last()->code != code;
}

static void a_line_that_cannot_be_written_disturbs_nobody(void **state)
{
    (void)state;
    assert_int_equal(child_run(log_to_closed, NULL, 20.0), 0);
}

static int log_without_memory(void *unused)
{
    char message[2001];
    (void)unused;
    mp_logger *logger = mp_log_to_stderr();
    memset(message, 'x', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    mp_logger_error(logger, "%s", message);
    return !fault_disarm();
}

static void without_memory_a_long_line_is_cut(void **state)
{
    (void)state;
    char text[4096];
    assert_int_equal(
        output_of(log_without_memory, NULL, 20.0, text, sizeof text), 0);
    assert_non_null(strstr(text, "[ERROR/MainProcess] xxxxx"));
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_in_range(strlen(text), 1000, 1100);
}

/* -- what the library says ------------------------------------------------- */

static void *wait_for_ever(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static int start_beside_a_thread(void *unused)
{
    pthread_t thread;
    (void)mp_log_to_stderr();
    if (run(nothing) < 0 || run(nothing) < 0)
        return 1;
    (void)mp_logger_log(mp_get_logger(), MP_WARNING, "now");
    pthread_create(&thread, NULL, wait_for_ever, unused);
    return run(nothing);
}

static void forking_beside_other_threads_is_warned_of(void **state)
{
    (void)state;
    char text[1024];
    assert_int_equal(
        output_of(start_beside_a_thread, NULL, 20.0, text, sizeof text), 0);
#if !defined __SANITIZE_THREAD__
    assert_ptr_equal(strstr(text, "[WARNING/MainProcess] now\n"), text);
#endif
    assert_non_null(strstr(text, "now\n[WARNING/MainProcess] This process"));
    assert_non_null(strstr(text, "is multi-threaded, use of fork() may lead to "
                                 "deadlocks in the child.\n"));
}

static int abort_itself(mp_call *c)
{
    (void)c;
    abort();
}

static int log_a_crash(void *unused)
{
    (void)unused;
    mp_log_to_stderr();
    mp_auto(mp_process) p = mp_process_new(abort_itself);
    if (mp_process_start(p) < 0 || mp_process_join(p) < 0)
        return 1;
    (void)mp_process_is_alive(p);
    return mp_process_exitcode(p) == 0 || mp_process_join(p) < 0;
}

static void a_crash_is_logged_once(void **state)
{
    (void)state;
    char text[8192];
    assert_int_equal(output_of(log_a_crash, NULL, 30.0, text, sizeof text), 0);
    char *found = strstr(text, "[ERROR/MainProcess] Process-");
    assert_non_null(found);
    assert_non_null(strstr(found, " died of SIGABRT (code -6)\nTraceback"));
    assert_null(strstr(found + 1, "[ERROR"));
    assert_int_equal(text[strlen(text) - 1], '\n');
}

static int start_quietly(void *unused)
{
    (void)unused;
    mp_log_to_stderr(MP_DEBUG);
    mp_logger_set_level(mp_get_logger(), MP_WARNING);
    exit(run(nothing));
}

static void below_the_level_nothing_is_said(void **state)
{
    (void)state;
    assert_prints("", start_quietly);
}

static int end_the_program(void *unused)
{
    (void)unused;
    mp_log_to_stderr(MP_DEBUG);
    exit(0);
}

static void a_program_that_logs_says_that_it_ends(void **state)
{
    (void)state;
    assert_prints("[INFO/MainProcess] process shutting down\n"
                  "[DEBUG/MainProcess] running all \"atexit\" finalizers with "
                  "priority >= 0\n"
                  "[DEBUG/MainProcess] running the remaining \"atexit\" "
                  "finalizers\n",
                  end_the_program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_printed_by_default),
        cmocka_unit_test(each_level_has_its_name),
        cmocka_unit_test(warnings_and_worse_are_told_if_no_level_was_set),
        cmocka_unit_test(a_level_that_was_set_stays),
        cmocka_unit_test(enabled_is_what_would_be_told),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(a_handler_gets_the_record),
        cmocka_unit_test(a_child_inherits_level_and_handler),
        cmocka_unit_test(a_child_finds_a_whole_handler_whenever_it_is_forked),
        cmocka_unit_test(a_record_is_one_write),
        cmocka_unit_test(an_interrupted_write_is_done_again),
        cmocka_unit_test(a_line_that_cannot_be_written_disturbs_nobody),
        cmocka_unit_test(without_memory_a_long_line_is_cut),
        cmocka_unit_test(forking_beside_other_threads_is_warned_of),
        cmocka_unit_test(a_crash_is_logged_once),
        cmocka_unit_test(below_the_level_nothing_is_said),
        cmocka_unit_test(a_program_that_logs_says_that_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The timeline: MPROC_TRACE=file has what every process and worker did.
 */
#include "child.h"
#include "tasks.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* This program once more, as the one that is traced. */
enum { TRACED_WORD = 1 };

static char path[] = "/tmp/mproc-trace-XXXXXX";
static char text[1 << 16];

static int traced_program(mp_call *c)
{
    (void)c;
    mp_auto(mp_pool) pool = mp_pool_new(1);

    MP_TRY(mp_pool_apply(pool, square, MP_ARGS(3)));
    if (mp_pool_apply(pool, kill_itself) != MP_WORKER_LOST)
        return mp_raise(c, MP_ASSERTION_ERROR, "it was not lost");
    return 0;
}

static int read_back(void)
{
    FILE *f = fopen(path, "r");
    size_t n;

    if (f == NULL)
        return -1;
    n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    (void)fclose(f);
    (void)unlink(path);
    return 0;
}

static int trace(void **state)
{
    int fd = mkstemp(path), status;
    pid_t pid;

    (void)state;
    if (fd < 0)
        return -1;
    (void)close(fd);
    pid = fork();
    if (pid == 0) {
        (void)setenv("MPROC_TRACE", path, 1);
        (void)execl("/proc/self/exe", "traced", "traced", (char *)NULL);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0)
        return -1;
    return read_back();
}

static void trace_is_one_array_of_events(void **state)
{
    (void)state;
    assert_int_equal(strncmp(text, "[\n{", 3), 0);
    assert_string_equal(text + strlen(text) - 3, "}]\n");
    for (const char *p = text + 2; (p = strchr(p, '\n')) != NULL; p++)
        if (p[1] != '\0')
            assert_true(p[-1] == ',' && p[1] == '{');
}

static void task_is_a_slice_with_its_function_s_name(void **state)
{
    (void)state;
    const char *slice = strstr(text, "\"cat\":\"task\",\"name\":\"square\"");
    assert_non_null(slice);
    assert_non_null(strstr(slice, "\"args\":{\"end\":\"done\"}"));
}

static void task_that_was_lost_has_a_slice_too(void **state)
{
    (void)state;
    const char *slice =
        strstr(text, "\"cat\":\"task\",\"name\":\"kill_itself\"");
    assert_non_null(slice);
    assert_non_null(strstr(slice, "was killed by signal 9"));
}

static void
arrow_leads_from_where_a_task_was_given_to_where_it_ran(void **state)
{
    (void)state;
    assert_non_null(strstr(text, "{\"ph\":\"s\",\"cat\":\"task\""));
    assert_non_null(strstr(text, "{\"ph\":\"f\",\"cat\":\"task\""));
}

static void process_is_a_slice_and_a_named_track(void **state)
{
    (void)state;
    assert_non_null(strstr(text, "\"cat\":\"process\",\"name\":\"PoolWorker-"));
    assert_non_null(strstr(text, "\"args\":{\"name\":\"PoolWorker-1\"}"));
    assert_non_null(strstr(text, "\"end\":\"exit code -9\""));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace_is_one_array_of_events),
        cmocka_unit_test(task_is_a_slice_with_its_function_s_name),
        cmocka_unit_test(task_that_was_lost_has_a_slice_too),
        cmocka_unit_test(
            arrow_leads_from_where_a_task_was_given_to_where_it_ran),
        cmocka_unit_test(process_is_a_slice_and_a_named_track),
    };

    if (argc > TRACED_WORD && strcmp(argv[TRACED_WORD], "traced") == 0)
        return mp_main(traced_program);
    return cmocka_run_group_tests(tests, trace, NULL);
}

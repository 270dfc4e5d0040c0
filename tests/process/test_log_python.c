/*
 * What is logged is what Python logs: the same program in both languages, and
 * the lines of level INFO compared, process by process.
 *
 * Two lines depend on who is faster, in Python too: a child that is told to
 * end may have ended before it is joined. One kind is left out below; of the
 * other the child waits until it can read it.
 */
#include "expect.h"
#include "output.h"
#include "until.h"

#include <mproc.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- the program in Python ------------------------------------------------- */

static const char PYTHON[] =
    "import logging, multiprocessing as mp, sys, time\n"
    "def nothing():\n"
    "    pass\n"
    "def fails():\n"
    "    raise ValueError('no')\n"
    "def leaves():\n"
    "    sys.exit(3)\n"
    "def waits_to_be_joined():\n"
    "    name = mp.current_process().name\n"
    "    line = 'calling join() for process ' + name + '\\n'\n"
    "    while line not in open('/proc/self/fd/2').read():\n"
    "        time.sleep(0.01)\n"
    "def has_a_child():\n"
    "    mp.Process(target=waits_to_be_joined).start()\n"
    "def stays(ready):\n"
    "    ready.set()\n"
    "    time.sleep(1000)\n"
    "if __name__ == '__main__':\n"
    "    logger = mp.log_to_stderr(logging.INFO)\n"
    "    logger.info('%d processes', 6)\n"
    "    for f in nothing, fails, leaves, has_a_child:\n"
    "        p = mp.Process(target=f)\n"
    "        p.start()\n"
    "        p.join()\n"
    "    ready = mp.Event()\n"
    "    mp.Process(target=stays, args=(ready,), name='back', daemon=True)"
    ".start()\n"
    "    ready.wait()\n"
    "    mp.Process(target=waits_to_be_joined, name='last').start()\n";

static int run_python(void *file)
{
    execlp("python3", "python3", (char *)file, (char *)NULL);
    return 127;
}

/* -- the program in C ------------------------------------------------------ */

static int nothing(mp_call *c)
{
    (void)c;
    return 0;
}

static int fails_(mp_call *c)
{
    return mp_raise(c, MP_VALUE_ERROR, "no");
}

static int leaves(mp_call *c)
{
    (void)c;
    exit(3);
}

/* What is logged so far; a description of its own leaves the writers' alone. */
static bool is_logged(const char *line)
{
    char text[8192] = "";
    int fd = open("/proc/self/fd/2", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);

    close(fd);
    return n > 0 && strstr(text, line) != NULL;
}

static int waits_to_be_joined(mp_call *c)
{
    char line[128];
    (void)c;
    snprintf(line, sizeof line, "calling join() for process %s\n",
             mp_process_name(mp_current_process()));
    for (struct until u = until_start(60.0); !is_logged(line);)
        if (!until_pause(&u))
            return mp_raise(c, MP_TIMEOUT, "nobody joins");
    return 0;
}

static int has_a_child(mp_call *c)
{
    (void)c;
    mp_auto(mp_process) p = mp_process_new(waits_to_be_joined);
    return mp_process_start(p);
}

static int stays(mp_call *c)
{
    mp_event *ready;
    MP_TRY(mp_call_args(c, &ready));
    MP_TRY(mp_event_set(ready));
    sleep(1000);
    return 0;
}

static int app(mp_call *c)
{
    static const mp_fn fns[] = {nothing, fails_, leaves, has_a_child};
    mp_logger *logger = mp_log_to_stderr(MP_INFO);
    (void)c;
    mp_logger_info(logger, "%d processes", 6);
    for (size_t i = 0; i < sizeof fns / sizeof *fns; i++) {
        mp_auto(mp_process) p = mp_process_new(fns[i]);
        MP_TRY(mp_process_start(p));
        MP_TRY(mp_process_join(p));
    }
    mp_auto(mp_event) ready = mp_event_new();
    mp_auto(mp_process) back = mp_process_new(stays, .args = MP_ARGS(ready),
                                              .name = "back", .daemon = true);
    MP_TRY(mp_process_start(back));
    MP_TRY(mp_event_wait(ready));
    mp_auto(mp_process) last =
        mp_process_new(waits_to_be_joined, .name = "last");
    return mp_process_start(last);
}

static int run_c(void *unused)
{
    (void)unused;
    exit(mp_main(app));
}

/* -- comparing ------------------------------------------------------------- */

static bool is_compared(const char *line, const char *process)
{
    char start[64];

    snprintf(start, sizeof start, "[INFO/%s] ", process);
    return strncmp(line, start, strlen(start)) == 0 &&
           strstr(line, "calling join() for process back") == NULL;
}

/* The lines of each process in turn, in the order in which it said them. */
static void sort_lines(const char *text, char *out, size_t size)
{
    static const char *const processes[] = {
        "MainProcess", "Process-1",   "Process-2", "Process-3",
        "Process-4",   "Process-4:1", "back",      "last"};
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof processes / sizeof *processes; i++) {
        char *copy = strdup(text), *rest = copy, *line;
        while ((line = strsep(&rest, "\n")) != NULL)
            if (is_compared(line, processes[i]))
                used += (size_t)snprintf(out + used, size - used, "%s\n", line);
        free(copy);
    }
}

static void write_program(char *file)
{
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, PYTHON, sizeof PYTHON - 1), sizeof PYTHON - 1);
    close(fd);
}

static void the_same_program_logs_the_same_in_both_languages(void **state)
{
    (void)state;
    char file[] = "/tmp/test_log_XXXXXX";
    char text[8192], python[8192], c[8192];
    write_program(file);
    assert_int_equal(output_of(run_python, file, 60.0, text, sizeof text), 0);
    unlink(file);
    sort_lines(text, python, sizeof python);
    assert_int_equal(output_of(run_c, NULL, 60.0, text, sizeof text), 0);
    sort_lines(text, c, sizeof c);
    assert_non_null(strstr(python, "[INFO/last] process shutting down\n"));
    assert_string_equal(c, python);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_program_logs_the_same_in_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

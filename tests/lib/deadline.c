/*
 * The watch over a test program, see deadline.h. A child of the test could be
 * the watchman, but tests look at their children; a timer within the test dies
 * or blocks with it. So it is the parent. The two share one page, which holds
 * the deadline; the parent is the reaper of all orphans below it, so it can
 * tell exactly what is left.
 */
#include "deadline.h"

#include "until.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const double DEFAULT_SECONDS = 115.0;
/* What a test's descendants may need to end after the test has: a daemon that
 * goes when its parent dies, a killed process under a sanitizer. */
static const double GRACE_SECONDS = 3.0;

enum { EXIT_OVERRUN = 124, EXIT_LEFTOVERS = 125 };

/* Written by the test, read by the watch. */
static _Atomic double *deadline;
static pid_t test_pid;

void mp_test_deadline(double seconds)
{
    if (deadline != NULL)
        atomic_store(deadline, until_now() + seconds);
}

/* Call fn for every child of the process; returns how many there are. */
static int each_child(int parent, void (*fn)(int pid))
{
    char path[64];
    int pid, n = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", parent, parent);
    FILE *children = fopen(path, "re");
    if (children == NULL)
        return 0;
    for (; fscanf(children, "%d", &pid) == 1; n++)
        fn(pid);
    fclose(children);
    return n;
}

/* "1234 (name) S": number, name and state of the process, and of all below. */
static void tell_tree(int pid)
{
    char path[64], line[128] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *stat = fopen(path, "re");
    if (stat == NULL)
        return;
    if (fgets(line, sizeof line, stat) != NULL) {
        char *name_end = strrchr(line, ')');
        if (name_end != NULL)
            snprintf(name_end, 5, ") %c", name_end[2]);
        fprintf(stderr, "***   %s\n", line);
    }
    fclose(stat);
    each_child(pid, tell_tree);
}

static void kill_child(int pid)
{
    kill(pid, SIGKILL);
}

/* The children of a killed process become ours: hence one by one. */
static void kill_all(void)
{
    kill(-test_pid, SIGKILL);
    while (each_child(getpid(), kill_child) > 0)
        waitpid(-1, NULL, 0);
}

static void tell_and_kill_all(const char *reason)
{
    fprintf(stderr, "\n*** test watch: %s\n", reason);
    each_child(getpid(), tell_tree);
    kill_all();
}

static void on_stop_signal(int signo)
{
    kill(-test_pid, SIGKILL);
    _exit(128 + signo);
}

static int code_of(int status)
{
    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    fprintf(stderr, "\n*** test watch: the test was killed by signal %d (%s)\n",
            WTERMSIG(status), strsignal(WTERMSIG(status)));
    return 128 + WTERMSIG(status);
}

/* Reap what has ended; true, and its exit code, when the test was among it. */
static bool test_has_ended(int *code)
{
    int status;
    bool ended = false;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == test_pid) {
            *code = code_of(status);
            ended = true;
        }
    }
    return ended;
}

/* The test is over: what it started has to be over as well. */
static bool something_stays(void)
{
    struct until grace = until_start(GRACE_SECONDS);
    for (;;) {
        int rc = waitpid(-1, NULL, WNOHANG);
        if (rc < 0 && errno == ECHILD)
            return false;
        if (rc == 0 && !until_pause(&grace))
            return true;
    }
}

static int watch(void)
{
    struct until rounds = until_start(1e9);
    int code = 0;

    while (!test_has_ended(&code)) {
        if (until_now() > atomic_load(deadline)) {
            tell_and_kill_all("the deadline has passed, this is killed:");
            return EXIT_OVERRUN;
        }
        until_pause(&rounds);
    }
    if (something_stays()) {
        tell_and_kill_all("the test has ended and left this behind:");
        return code != 0 ? code : EXIT_LEFTOVERS;
    }
    return code;
}

static double seconds_allowed(void)
{
    const char *text = getenv("MP_TEST_DEADLINE");
    double seconds = text == NULL ? 0 : atof(text);
    return seconds > 0 ? seconds : DEFAULT_SECONDS;
}

static void cannot_watch(void)
{
    perror("test watch");
    _exit(EXIT_OVERRUN);
}

/* The watch ends by _exit(): what atexit functions and sanitizers have to say
 * is the test's to say. What a test starts by exec is part of that test; the
 * variable keeps it from starting a watch of its own. */
__attribute__((constructor(101))) static void start_watch(void)
{
    if (getenv("MP_TEST_ALONE") != NULL)
        return;
    void *page = mmap(NULL, sizeof *deadline, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        cannot_watch();
    deadline = page;
    mp_test_deadline(seconds_allowed());
    setenv("MP_TEST_ALONE", "1", 1);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    test_pid = fork();
    if (test_pid < 0)
        cannot_watch();
    if (test_pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return;
    }
    setpgid(test_pid, test_pid);
    signal(SIGINT, on_stop_signal);
    signal(SIGTERM, on_stop_signal);
    _exit(watch());
}

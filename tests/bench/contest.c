/*
 * The umpire's side: start a contestant as a program of its own, wait for its
 * line, and leave nothing of it behind.
 *
 * It runs in a process group of its own, which is killed when it has ended or
 * is late, so that children it may have lost do not disturb the next one.
 */
#include "bench.h"
#include "stats.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PEERS MPROC_BENCH_FOLDER "/peers.py"

enum { SECONDS_ALLOWED = 60, QUICKER = 100, QUICK_SIZE_MAX = 4 * 1024 * 1024 };

const char *const bench_contestants[CONTESTANTS] = {
    [LIBMPROC] = "libmproc",
    [CPYTHON] = "cpython",
    [LIMIT] = "limit",
};

/* -- what it is told ------------------------------------------------------ */

struct command {
    char numbers[3][24];
    char *argv[4 + JOB_WORDS];
};

static long quicker(long count)
{
    return count / QUICKER > 1 ? count / QUICKER : 1;
}

static void write_command(const struct row *row, enum contestant who,
                          bool quick, struct command *out)
{
    size_t n = 0, size = row->job.size;
    long count = row->counts[who];

    if (quick) {
        count = quicker(count);
        size = size > QUICK_SIZE_MAX ? size / QUICKER : size;
    }
    snprintf(out->numbers[0], sizeof out->numbers[0], "%zu", size);
    snprintf(out->numbers[1], sizeof out->numbers[1], "%d", row->job.pairs);
    snprintf(out->numbers[2], sizeof out->numbers[2], "%ld", count);
    if (who == CPYTHON) {
        out->argv[n++] = (char *)"python3";
        out->argv[n++] = (char *)PEERS;
    } else {
        out->argv[n++] = (char *)"bench";
        out->argv[n++] = (char *)"--do";
        out->argv[n++] = (char *)bench_contestants[who];
    }
    out->argv[n++] = (char *)row->job.kind;
    out->argv[n++] = (char *)row->job.over;
    for (int i = 0; i < 3; i++)
        out->argv[n++] = out->numbers[i];
    out->argv[n] = NULL;
}

/* -- its run -------------------------------------------------------------- */

static volatile sig_atomic_t running; /* its process group, 0: none */

static void stop_all(int signal_number)
{
    if (running > 0)
        kill(-(pid_t)running, SIGKILL);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void keep_to_one_cpu(void)
{
    cpu_set_t allowed, one;
    size_t cpu = 0;

    sched_getaffinity(0, sizeof allowed, &allowed);
    while (!CPU_ISSET(cpu, &allowed))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

static pid_t start(const struct row *row, enum contestant who,
                   struct command *command, const int line[2])
{
    pid_t pid = fork();

    if (pid != 0) {
        if (pid > 0)
            setpgid(pid, pid);
        return pid;
    }
    setpgid(0, 0);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    dup2(line[1], STDOUT_FILENO);
    close(line[0]);
    close(line[1]);
    if (row->is_on_one_cpu)
        keep_to_one_cpu();
    execvp(who == CPYTHON ? "python3" : "/proc/self/exe", command->argv);
    perror(command->argv[0]);
    _exit(127);
}

/* Read its line until it closes it or time is up. */
static int read_line(int fd, char *line, size_t size)
{
    double until = seconds_now() + SECONDS_ALLOWED;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    size_t n = 0;

    while (n < size - 1) {
        double left = until - seconds_now();
        ssize_t got;

        if (left <= 0 || poll(&wait, 1, (int)(left * 1000) + 1) == 0)
            return -1;
        got = read(fd, line + n, size - 1 - n);
        if (got == 0)
            break;
        if (got > 0)
            n += (size_t)got;
        else if (errno != EINTR)
            return -1;
        if (memchr(line, '\n', n) != NULL)
            break;
    }
    line[n] = '\0';
    return 0;
}

/* It prints when it is done; a moment later it has ended by itself. */
static int reap(pid_t pid, bool in_time)
{
    int status;

    if (!in_time)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    kill(-pid, SIGKILL);
    return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int run(const struct row *row, enum contestant who,
               struct command *command, struct figures *out)
{
    char line[128] = "";
    int ends[2], rc;
    pid_t pid;

    if (pipe(ends) < 0)
        return -1;
    pid = start(row, who, command, ends);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -1;
    }
    running = pid;
    rc = read_line(ends[0], line, sizeof line);
    rc = reap(pid, rc == 0);
    running = 0;
    close(ends[0]);
    if (rc == 0 && sscanf(line, "%lf %lf", &out->of[0], &out->of[1]) != FIGURES)
        rc = -1;
    return rc;
}

int bench_contest(const struct row *row, enum contestant who, bool quick,
                  struct figures *out)
{
    struct command command;

    signal(SIGINT, stop_all);
    signal(SIGTERM, stop_all);
    write_command(row, who, quick, &command);
    if (run(row, who, &command, out) < 0) {
        fprintf(stderr, "bench: %s: %s failed\n", row->name,
                bench_contestants[who]);
        return -1;
    }
    if (strcmp(row->unit, "MB/s") == 0)
        out->of[0] *= (double)row->job.size / 1e6;
    return 0;
}

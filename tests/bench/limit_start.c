/*
 * The limit of starting and joining a process: fork and waitpid. Each child
 * counts itself, as proof that it ran.
 */
#include "bench.h"
#include "limit.h"
#include "stats.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int start_and_join(_Atomic long *ran)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        atomic_fetch_add(ran, 1);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        return -1;
    return 0;
}

int limit_start(const struct job *job, struct figures *out)
{
    _Atomic long *ran = limit_memory(sizeof *ran);
    double from = seconds_now();

    if (ran == NULL)
        return -1;
    for (long i = 0; i < job->count; i++)
        if (start_and_join(ran) < 0)
            return -1;
    if (*ran != job->count) {
        fprintf(stderr, "limit: a child did not run\n");
        return -1;
    }
    out->of[0] = (double)job->count / (seconds_now() - from);
    return 0;
}

/*
 * Shared memory, processes and a start line; see limit.h.
 */
#include "limit.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void *limit_memory(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (p == MAP_FAILED) {
        perror("limit: mmap");
        return NULL;
    }
    return p;
}

int limit_fork(bool (*fn)(void *arg, int i), void *arg, int n)
{
    for (int i = 0; i < n; i++) {
        pid_t pid = fork();

        if (pid < 0) {
            perror("limit: fork");
            return -1;
        }
        if (pid == 0)
            _exit(fn(arg, i) ? 0 : 1);
    }
    return 0;
}

int limit_join(int n)
{
    int rc = 0;

    for (int i = 0; i < n; i++) {
        int status;

        if (wait(&status) < 0 || status != 0)
            rc = -1;
    }
    return rc;
}

void limit_meet(struct limit_line *line)
{
    atomic_fetch_sub(&line->missing, 1);
    while (atomic_load(&line->missing) > 0)
        limit_yield();
}

void limit_yield(void)
{
    sched_yield();
}

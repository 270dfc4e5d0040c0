/*
 * Parents of pools that are killed: their workers end with them; see rig.h.
 *
 * This process adopts all that they leave, so it has only to count.
 */
#include "rig.h"

#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 3, LATEST_US = 60000, PATIENCE = 10 };

static int do_nothing(mp_call *c)
{
    (void)mp_call_argc(c);
    return 0;
}

static int be_killed(mp_call *c)
{
    (void)mp_call_argc(c);
    return raise(SIGKILL);
}

/* Ignores what it can, and has a pool of its own. */
static int hold_on(mp_call *c)
{
    mp_pool *inner = mp_pool_new(1);

    (void)mp_call_argc(c);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    if (inner != NULL)
        mp_result_free(mp_pool_apply_async(inner, hold_on));
    while (pause() < 0)
        continue;
    return 0;
}

/* Workers die and are replaced, by a thread of the parent's, until it is
   killed. */
_Noreturn static void be_a_parent(int i)
{
    mp_pool *pool = mp_pool_new(WORKERS, .maxtasksperchild = i % 3);

    if (pool != NULL && i % 2 == 0)
        mp_result_free(mp_pool_apply_async(pool, be_killed));
    if (pool != NULL && i % 4 == 1)
        mp_result_free(mp_pool_apply_async(pool, hold_on));
    for (;;) {
        (void)mp_pool_apply(pool, do_nothing);
        if (i % 8 == 6)
            (void)mp_pool_apply(pool, be_killed);
    }
}

/* Whether all that there was has ended, and is reaped. */
static bool all_are_gone(void)
{
    double deadline = rig_seconds() + PATIENCE;

    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);

        if (pid < 0 && errno == ECHILD)
            return true;
        if (pid > 0)
            continue;
        if (rig_seconds() > deadline)
            return false;
        (void)usleep(1000);
    }
}

bool run_orphans(int parents, uint64_t seed)
{
    struct pool_random random = {seed};

    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        rig_stop("pool_chaos: orphans cannot be adopted");
    for (int i = 0; i < parents; i++) {
        pid_t pid;

        (void)fflush(stdout);
        pid = fork();

        if (pid == 0)
            be_a_parent(i);
        if (pid < 0)
            rig_stop("pool_chaos: no process");
        (void)usleep(pool_pick(&random, LATEST_US));
        (void)kill(pid, SIGKILL);
        if (!all_are_gone()) {
            complain("a worker outlives its parent, the %d. that was killed",
                     i + 1);
            return false;
        }
    }
    (void)printf("pool_chaos: %d parents killed, no worker left\n", parents);
    return true;
}

/*
 * A fork bomb, behind a fence: every process forks in every round, so each
 * round doubles their number.
 *
 * The port of 0.04_fork_bomb.py, with plain fork(2). The Python goes on until
 * the machine gives in; this one stops at LIMIT processes, says so, waits for
 * all of them, and ends.
 */
#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT = 16 };

/* Wait for the children this process made. Each tells its own count. */
static int wait_for_all(void)
{
    int made = 1;
    int status;

    while (wait(&status) > 0)
        made += WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return made;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("fenced: never more than %d processes\n", LIMIT);

    pid_t first = getpid();
    for (int n = 1; n < LIMIT; n *= 2) { /* while True: */
        if (fork() < 0)                  /* os.fork() */
            break;
    }

    int made = wait_for_all();
    if (getpid() != first)
        return made;
    printf("ended: %d processes were made\n", made);
    return 0;
}

/*
 * Fork and its three cases: it failed, this is the child, this is the parent.
 * What stands behind them both do.
 *
 * The port of 4.01_fork_basic_else.py, with plain fork(2).
 */
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);

    pid_t pid = fork(); /* pid = os.fork() */

    if (pid < 0) {
        puts("Create process error");
    } else if (pid == 0) {
        sleep(2); /* sleep(2) */
        puts("New process");
    } else {
        sleep(3); /* sleep(3) */
        puts("The old process");
    }

    puts("fork test end...");
    return 0;
}

/*
 * Fork and wait: the parent learns which child ended and how; then it spins
 * for ever.
 *
 * The port of 4.02_fork_wait.py, with plain fork(2) and wait(2).
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);

    pid_t pid = fork(); /* pid = os.fork() */

    if (pid < 0) {
        puts("Create process failed");
    } else if (pid == 0) {
        sleep(3); /* sleep(3) */
        printf("Child %d process exit\n", getpid());
        _exit(3); /* os._exit(3) */
    } else {
        int status;
        pid = wait(&status); /* pid, status = os.wait() */
        printf("pid: %d\n", pid);
        printf("status: %d\n", WEXITSTATUS(status)); /* os.WEXITSTATUS() */
        puts("Parent process...");
        while (true) {
        }
    }
    return 0;
}

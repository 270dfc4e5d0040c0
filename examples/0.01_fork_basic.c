/*
 * Fork: child and parent print at their own pace, for ever.
 *
 * The port of 0.01_fork_basic.py. Plain fork(2), as Python's os.fork() is:
 * libmproc comes in where Process does. Ctrl-C ends both.
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);

    pid_t ret = fork(); /* ret = os.fork() */

    if (ret < 0) {
        perror("fork");
        return 1;
    }
    if (ret == 0) { /* the child */
        while (true) {
            printf("--- 1 ---%d\n", getpid()); /* os.getpid() */
            sleep(4);                          /* time.sleep(4) */
        }
    } else { /* the parent */
        while (true) {
            printf("--- 2 ---%d<>%d\n", getpid(), getppid()); /* os.getppid() */
            sleep(3); /* time.sleep(3) */
        }
    }
}

/*
 * Fork: a global variable is copied, not shared. The child adds 4 to its own,
 * the parent 3 to its own, for ever.
 *
 * The port of 0.02_fork_variables_not_shared.py, with plain fork(2). Ctrl-C
 * ends both.
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

static int g_num = 100;

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
            printf("g_num = %d\n", g_num);
            g_num += 4;
            sleep(4); /* time.sleep(4) */
        }
    } else { /* the parent */
        while (true) {
            printf("--- 2 ---%d<>%d\n", getpid(), getppid()); /* os.getppid() */
            printf("g_num = %d\n", g_num);
            g_num += 3;
            sleep(3); /* time.sleep(3) */
        }
    }
}

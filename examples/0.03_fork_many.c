/*
 * Fork twice in a row: two processes after the first, four after the second.
 * Six lines in all, in whatever order the four get to run.
 *
 * The port of 0.03_fork_many.py, with plain fork(2). What lies unwritten in
 * stdout's buffer is copied by fork and would be printed twice; line by line
 * nothing stays in it.
 */
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
    if (ret == 0)
        puts("--1--");
    else
        puts("--2--");

    ret = fork(); /* ret = os.fork() */
    if (ret < 0) {
        perror("fork");
        return 1;
    }
    if (ret == 0)
        puts("--11--");
    else
        puts("--22--");
    return 0;
}

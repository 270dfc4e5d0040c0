/*
 * A callback gets what a task returned: it runs in the parent, in a thread of
 * the pool, while main goes on for ever.
 *
 * The port of 0.13_pool_callback.py. On Ctrl-C main leaves its loop as
 * KeyboardInterrupt would make it, and ends its workers.
 */
#include <mproc.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
    interrupted = sig;
}

static int test(mp_call *c)
{
    printf("--- 进程池中的进程--pid=%d,ppid=%d ---\n", getpid(), getppid());

    for (int i = 0; i < 3; i++) {
        printf("---%d---\n", i);
        sleep(1); /* time.sleep(1) */
    }
    return mp_return(c, "hahah"); /* return "hahah" */
}

static int test2(mp_call *c)
{
    const char *args;
    MP_TRY(mp_call_args(c, &args)); /* def test2(args): */
    printf("---callback func--pid=%d---\n", getpid());
    printf("---callback func--args=%s\n", args);
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_pool) pool = mp_pool_new(3); /* pool = Pool(3) */
    mp_result_free(/* pool.apply_async(func=test, callback=test2) */
                   mp_pool_apply_async(pool, test, MP_NONE, .callback = test2));

    signal(SIGINT, interrupt); /* KeyboardInterrupt */
    while (!interrupted) {
        sleep(1); /* time.sleep(1) */
        printf("---主进程-pid=%d---\n", getpid());
    }
    return 0;
}

int main(void)
{
    return mp_main(app);
}

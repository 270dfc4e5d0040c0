/*
 * apply waits: the next task is given when the one before it has ended.
 *
 * The port of 0.09_pool_apply_line.py, which is but that line, made a whole
 * program: three tasks one after another, in a Pool of three.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static int worker(mp_call *c)
{
    int msg;
    MP_TRY(mp_call_args(c, &msg)); /* def worker(msg): */
    printf("%d开始执行，进程号%d\n", msg, getpid());
    sleep(1); /* time.sleep(1) */
    printf("%d执行完毕\n", msg);
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_pool) po = mp_pool_new(3); /* po = Pool(3) */
    puts("---start---");
    for (int i = 0; i < 3; i++) {
        MP_TRY(
            mp_pool_apply(po, worker, MP_ARGS(i))); /* po.apply(worker, (i,)) */
        printf("---%d---\n", i);
    }
    MP_TRY(mp_pool_close(po)); /* po.close() */
    MP_TRY(mp_pool_join(po));  /* po.join() */
    puts("---end---");
    return 0;
}

int main(void)
{
    return mp_main(app);
}

/*
 * The callback of each task gets its result, in the parent, as soon as the task
 * has ended; join returns after the last callback.
 *
 * The port of 2.08_pool_callback_results.py.
 */
#define _XOPEN_SOURCE 700
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double now(void) /* time.time() */
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int work(mp_call *c)
{
    sleep(1); /* time.sleep(1) */
    printf("%d 进程 work\n", getpid());
    return mp_return(c, now()); /* return time.time() */
}

static int call(mp_call *c)
{
    double res;
    char text[32];
    MP_TRY(mp_call_args(c, &res));   /* def call(res): */
    mp_repr(res, text, sizeof text); /* str(res) */
    printf("处理回调结果:%s\n", text);
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_pool) pool = mp_pool_new(2); /* pool = Pool(2) */
    for (int i = 0; i < 5; i++)
        mp_result_free(/* res = pool.apply_async(func=work, callback=call) */
                       mp_pool_apply_async(pool, work, MP_NONE,
                                           .callback = call));
    MP_TRY(mp_pool_close(pool)); /* pool.close() */
    MP_TRY(mp_pool_join(pool));  /* pool.join() */
    puts("main end");
    return 0;
}

int main(void)
{
    return mp_main(app);
}

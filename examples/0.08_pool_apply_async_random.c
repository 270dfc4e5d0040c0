/*
 * A Pool of three: ten tasks of random length go to whoever is free. Only join
 * waits for them.
 *
 * The port of 0.08_pool_apply_async_random.py. Each worker draws numbers of
 * its own, as Python's do.
 */
#define _XOPEN_SOURCE 700
#include <mproc.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now(void) /* time.time() */
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double random_float(void) /* random.random() */
{
    static pid_t seeded;

    if (seeded != getpid()) {
        seeded = getpid();
        srand48(seeded + time(NULL));
    }
    return drand48();
}

static void sleep_for(double seconds) /* time.sleep(seconds) */
{
    struct timespec ts = {.tv_sec = (time_t)seconds};

    ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
    nanosleep(&ts, NULL);
}

static int worker(mp_call *c)
{
    int msg;
    MP_TRY(mp_call_args(c, &msg)); /* def worker(msg): */
    double t_start = now();        /* t_start = time.time() */
    printf("%d开始执行，进程号%d\n", msg, getpid());
    sleep_for(random_float() * 2); /* time.sleep(random.random() * 2) */
    double t_stop = now();         /* t_stop = time.time() */
    printf("%d 执行完毕，耗时%0.2f\n", msg, t_stop - t_start);
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_pool) po = mp_pool_new(3); /* po = Pool(3) */

    for (int i = 0; i < 10; i++)
        mp_result_free(/* po.apply_async(worker, (i,)) */
                       mp_pool_apply_async(po, worker, MP_ARGS(i)));

    puts("---start---");
    MP_TRY(mp_pool_close(po)); /* po.close() */
    MP_TRY(mp_pool_join(po));  /* po.join() */
    puts("---end---");
    return 0;
}

int main(void)
{
    return mp_main(app);
}

/*
 * A Lock around the sale of tickets: thirty processes read how many are left,
 * and then buy one by one. They read before they have the lock, so many may
 * buy the last ticket; and one that reads while the file is being written finds
 * it empty and dies of it.
 *
 * The port of 2.05_lock_tickets.py. It wants a data.txt that holds a number.
 */
#define _XOPEN_SOURCE 700
#include <mproc.h>

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double now(void) /* time.time() */
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* How many tickets are left. */
static int demo_one(mp_call *c, int *num)
{
    FILE *f = fopen("data.txt", "r");
    int read;
    if (f == NULL)
        return mp_raise(c, -errno, "data.txt");
    read = fscanf(f, "%d", num); /* num = int(f.read()) */
    fclose(f);
    return read == 1 ? 0
                     : mp_raise(c, MP_VALUE_ERROR,
                                "invalid literal for int() with base 10: ''");
}

/* Buy one. */
static int demo_two(mp_call *c, mp_lock *lock)
{
    int n;
    MP_TRY(demo_one(c, &n)); /* n = demo_one() */
    printf("%d end,结束查询余票:%d\n\n", getpid(), n);
    MP_TRY(mp_lock_acquire(lock)); /* lock.acquire() */
    if (n) {
        n -= 1;
        FILE *f = fopen("data.txt", "w");
        if (f == NULL)
            return mp_raise(c, -errno, "data.txt");
        n = 0;
        fprintf(f, "%d", n); /* f.write(str(n)) */
        fclose(f);
        printf("%d 购票成功\n\n", getpid());
    } else {
        printf("%d 失败\n\n", getpid());
    }
    return mp_lock_release(lock); /* lock.release() */
}

static int buy(mp_call *c)
{
    mp_lock *lock;
    double start;
    MP_TRY(mp_call_args(c, &lock, &start)); /* def buy(lock, start): */
    MP_TRY(demo_two(c, lock));
    printf("end time %d!!!!!!!!!!!!!!!\n", (int)(now() - start));
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    double start = now();                  /* start = time.time() */
    mp_auto(mp_lock) lock = mp_lock_new(); /* lock = Lock() */
    for (int i = 0; i < 30; i++) {
        mp_auto(mp_process)
            p = /* p = Process(target=buy, args=(lock, start)) */
            mp_process_new(.target = buy, .args = MP_ARGS(lock, start));
        MP_TRY(mp_process_start(p)); /* p.start() */
    }
    puts("main----------------------------");
    return 0;
}

int main(void)
{
    return mp_main(app);
}

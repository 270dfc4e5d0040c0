/*
 * Three workers add telephone numbers to one file, under flock(2), five hundred
 * million times. Tasks are given out no faster than they are done, so that the
 * memory of it does not grow; Python's would.
 *
 * The port of 0.12_pool_file_lock.py. On Ctrl-C main leaves its loop as
 * KeyboardInterrupt would make it, and ends its workers.
 */
#define _XOPEN_SOURCE 700
#include <mproc.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
    interrupted = sig;
}

static long randint(long a, long b) /* random.randint(a, b) */
{
    static pid_t seeded;

    if (seeded != getpid()) {
        seeded = getpid();
        srand48(seeded + time(NULL));
    }
    return a + (long)(drand48() * (double)(b - a + 1));
}

static int third_of(int second)
{
    static const int of_4[] = {5, 7, 9};
    static const int of_5[] = {0, 1, 2, 3, 5, 6, 7, 8, 9};
    static const int of_7[] = {0, 1, 2, 3, 5, 6, 7, 8};

    switch (second) {
    case 4:
        return of_4[randint(0, 2)]; /* [5, 7, 9][random.randint(0, 2)] */
    case 5:
        return of_5[randint(0, 8)]; /* [... if i != 4][...] */
    case 7:
        return of_7[randint(0, 7)]; /* [... if i not in [4, 9]][...] */
    default:
        return (int)randint(0, 9); /* random.randint(0, 9) */
    }
}

static int create_phone(mp_call *c)
{
    static const int seconds[] = {3, 4, 5, 7, 8};
    int second = seconds[randint(0, 4)]; /* [3, 4, 5, 7, 8][...] */
    int third = third_of(second);        /* {3: ..., 4: ..., ...}[second] */

    long suffix = randint(9999999, 100000000);
    char phone[32]; /* phone = "1{}{}{}".format(second, third, suffix) */
    snprintf(phone, sizeof phone, "1%d%d%ld", second, third, suffix);

    FILE *phone_handle =
        fopen("./phone.txt", "a+"); /* with open(...) as ...: */
    if (phone_handle == NULL)
        return mp_raise(c, -errno, "./phone.txt");
    flock(fileno(phone_handle), LOCK_EX); /* fcntl.flock(..., fcntl.LOCK_EX) */
    fprintf(phone_handle, "%s|", phone);  /* phone_handle.write(phone+'|') */
    fclose(phone_handle);
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_pool) pool = mp_pool_new(3); /* pool = Pool(3) */

    signal(SIGINT, interrupt); /* KeyboardInterrupt */
    for (int i = 0; i < 500000000; i++) {
        mp_auto(mp_result) r = /* pool.apply_async(create_phone) */
            mp_pool_apply_async(pool, create_phone);
        if (r == NULL)
            return mp_error_last()->code;
        printf("%d\n", i); /* print(i) */
        if (interrupted)
            return 0;
    }
    MP_TRY(mp_pool_close(pool)); /* pool.close() */
    MP_TRY(mp_pool_join(pool));  /* pool.join() */
    puts("--完成--");
    return 0;
}

int main(void)
{
    return mp_main(app);
}

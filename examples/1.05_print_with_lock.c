/*
 * With a Lock: each of three processes prints all that it has to say before the
 * next one begins.
 *
 * The port of 1.05_print_with_lock.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *now(void) /* time.strftime("%H:%M:%S") */
{
    static char text[16];
    time_t t = time(NULL);

    strftime(text, sizeof text, "%H:%M:%S", localtime(&t));
    return text;
}

static int task1(mp_call *c)
{
    mp_lock *lock;
    MP_TRY(mp_call_args(c, &lock)); /* def task1(lock): */
    MP_TRY(mp_lock_acquire(lock));  /* lock.acquire() */
    for (int n = 5; n > 1; n--) {
        printf("%s task1 输出信息\n", now());
        sleep(1); /* time.sleep(1) */
    }
    return mp_lock_release(lock); /* lock.release() */
}

static int task2(mp_call *c)
{
    mp_lock *lock;
    MP_TRY(mp_call_args(c, &lock)); /* def task2(lock): */
    MP_WITH(lock) {                 /* with lock: */
        for (int n = 5; n > 1; n--) {
            printf("%s task2 输出信息\n", now());
            sleep(1); /* time.sleep(1) */
        }
    }
    return 0;
}

static int task3(mp_call *c)
{
    mp_lock *lock;
    MP_TRY(mp_call_args(c, &lock)); /* def task3(lock): */
    MP_WITH(lock) {                 /* with lock: */
        for (int n = 5; n > 1; n--) {
            printf("%s task3 输出信息\n", now());
            sleep(1); /* time.sleep(1) */
        }
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_lock) lock = mp_lock_new(); /* lock = Lock() */
    mp_auto(mp_process) p1 = /* p1 = Process(target=task1, args=(lock,)) */
        mp_process_new(.target = task1, .args = MP_ARGS(lock));
    mp_auto(mp_process) p2 = /* p2 = Process(target=task2, args=(lock,)) */
        mp_process_new(.target = task2, .args = MP_ARGS(lock));
    mp_auto(mp_process) p3 = /* p3 = Process(target=task3, args=(lock,)) */
        mp_process_new(.target = task3, .args = MP_ARGS(lock));
    MP_TRY(mp_process_start(p1)); /* p1.start() */
    MP_TRY(mp_process_start(p2)); /* p2.start() */
    MP_TRY(mp_process_start(p3)); /* p3.start() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

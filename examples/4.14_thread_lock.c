/*
 * A Lock between threads: main adds to two numbers under it, for ever, and the
 * other thread, under it too, never finds them to differ. So nothing is said.
 *
 * The port of 4.14_thread_lock.py.
 */
#include <mproc.h>

#include <stdio.h>

static long a, b; /* a = b = 0 */
static mp_lock *lock;

static int value(mp_call *c)
{
    (void)c;
    while (true) {
        MP_TRY(mp_lock_acquire(lock)); /* lock.acquire() */
        if (a != b)
            printf("a = %ld,b = %ld\n", a, b);
        MP_TRY(mp_lock_release(lock)); /* lock.release() */
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    lock = mp_lock_new(); /* lock = Lock() */

    mp_auto(mp_thread) t = mp_thread_new(.target = value);
    MP_TRY(mp_thread_start(t)); /* t.start() */

    while (true)
        MP_WITH(lock) /* with lock: */
        {
            a += 1;
            b += 1;
        }

    return mp_thread_join(t); /* t.join() */
}

int main(void)
{
    return mp_main(app);
}

/*
 * Pairs through a Queue, taken apart on arrival. Five go in, three come out:
 * the program ends all the same.
 *
 * The port of 4.08_queue_sum_pairs.py.
 */
#define _XOPEN_SOURCE 700
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static mp_queue *q;

static int fun1(mp_call *c)
{
    (void)c;
    for (int i = 0; i < 5; i++) {
        sleep(1);                                 /* time.sleep(1) */
        MP_TRY(mp_queue_put(q, MP_TUPLE(10, 2))); /* q.put((10, 2)) */
    }
    return 0;
}

static int fun2(mp_call *c)
{
    (void)c;
    const struct timespec nap = {1, 500000000};
    for (int i = 0; i < 3; i++) {
        int a, b;
        nanosleep(&nap, NULL);                      /* time.sleep(1.5) */
        MP_TRY(mp_queue_get(q, MP_UNPACK(&a, &b))); /* a, b = q.get() */
        mp_print("sum = ", a + b);                  /* print("sum = ", a + b) */
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    q = mp_queue_new();      /* q = Queue() */
    mp_auto(mp_process) p1 = /* p1 = Process(target=fun1) */
        mp_process_new(.target = fun1);
    mp_auto(mp_process) p2 = /* p2 = Process(target=fun2) */
        mp_process_new(.target = fun2);
    MP_TRY(mp_process_start(p1)); /* p1.start() */
    MP_TRY(mp_process_start(p2)); /* p2.start() */
    MP_TRY(mp_process_join(p1));  /* p1.join() */
    MP_TRY(mp_process_join(p2));  /* p2.join() */
    mp_queue_free(q);
    return 0;
}

int main(void)
{
    return mp_main(app);
}

/*
 * A Queue outlives its writer: one process puts A, B, C and ends; then another
 * takes out what is there, until it is empty.
 *
 * The port of 0.10_queue_write_then_read.py.
 */
#define _XOPEN_SOURCE 700
#include <mproc.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void sleep_for(double seconds)
{
    time_t whole = (time_t)seconds;
    double rest = seconds - (double)whole;

    nanosleep(&(struct timespec){whole, (long)(rest * 1e9)}, NULL);
}

static double random_below_one(void)
{
    return (double)random() / 2147483648.0;
}

static int write(mp_call *c)
{
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q)); /* def write(q): */
    const char *vals[] = {"A", "B", "C"};
    for (int i = 0; i < 3; i++) {
        printf("put %s to queue....\n", vals[i]);
        MP_TRY(mp_queue_put(q, vals[i])); /* q.put(val) */
        sleep_for(random_below_one());    /* time.sleep(random.random()) */
    }
    return 0;
}

static int read(mp_call *c)
{
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q)); /* def read(q): */
    while (true) {
        if (!mp_queue_empty(q)) { /* if not q.empty(): */
            char *val;
            MP_TRY(mp_queue_get(q, &val)); /* val = q.get(True) */
            printf("Get %s from queue\n", val);
            free(val);
            sleep_for(random_below_one()); /* time.sleep(random.random()) */
        } else {
            break;
        }
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    srandom((unsigned)time(NULL));
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_queue) q = mp_queue_new(); /* q = Queue() */
    mp_auto(mp_process) pw = /* pw = Process(target=write, args=(q,)) */
        mp_process_new(.target = write, .args = MP_ARGS(q));
    mp_auto(mp_process) pr = /* pr = Process(target=read, args=(q,)) */
        mp_process_new(.target = read, .args = MP_ARGS(q));

    MP_TRY(mp_process_start(pw)); /* pw.start() */
    MP_TRY(mp_process_join(pw));  /* pw.join() */

    puts("----");

    MP_TRY(mp_process_start(pr)); /* pr.start() */
    MP_TRY(mp_process_join(pr));  /* pr.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

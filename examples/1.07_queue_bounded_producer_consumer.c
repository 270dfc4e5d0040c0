/*
 * A bounded Queue keeps a fast producer to a slow consumer's pace: one item a
 * second goes in until five are waiting, then one every five seconds, for ever.
 *
 * The port of 1.07_queue_bounded_producer_consumer.py. Ctrl-C ends the two
 * children; their parent, which only waits for them, then ends, too, and never
 * before them.
 */
#include <mproc.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *now(void) /* time.strftime('%H:%M:%S') */
{
    static char text[16];
    time_t t = time(NULL);

    strftime(text, sizeof text, "%H:%M:%S", localtime(&t));
    return text;
}

/* The producer. */
static int mytest(mp_call *c)
{
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q)); /* def mytest(q): */
    int n = 1;
    while (true) {
        char drink[32];
        snprintf(drink, sizeof drink, "冷饮%d", n);
        MP_TRY(mp_queue_put(q, drink)); /* q.put(f'冷饮{n}') */
        printf("%sA进程 放入冷饮%d\n", now(), n);
        n += 1;
        sleep(1); /* time.sleep(1) */
    }
}

/* The consumer. */
static int mytest2(mp_call *c)
{
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q)); /* def mytest2(q): */
    while (true) {
        const char *asked = now();
        char *drink;
        MP_TRY(mp_queue_get(q, &drink)); /* q.get() */
        printf("%sB进程 取出冷饮%s\n", asked, drink);
        free(drink);
        sleep(5); /* time.sleep(5) */
    }
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_queue) q = mp_queue_new(.maxsize = 5); /* q = Queue(maxsize=5) */
    mp_auto(mp_process) p1 = /* p1 = Process(target=mytest, args=(q,)) */
        mp_process_new(.target = mytest, .args = MP_ARGS(q));
    mp_auto(mp_process) p2 = /* p2 = Process(target=mytest2, args=(q,)) */
        mp_process_new(.target = mytest2, .args = MP_ARGS(q));
    MP_TRY(mp_process_start(p1)); /* p1.start() */
    MP_TRY(mp_process_start(p2)); /* p2.start() */
    signal(SIGINT, SIG_IGN);      /* KeyboardInterrupt is the children's */
    MP_TRY(mp_process_join(p1));  /* p1.join() */
    MP_TRY(mp_process_join(p2));  /* p2.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

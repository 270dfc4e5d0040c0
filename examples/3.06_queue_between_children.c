/*
 * A Queue between two children: one puts ten numbers, the other gets them.
 *
 * The port of 3.06_queue_between_children.py.
 */
#include <mproc.h>

#include <stdio.h>

static int get(mp_call *c)
{
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q)); /* def get(q): */
    for (int i = 0; i < 10; i++) {
        int item;
        MP_TRY(mp_queue_get(q, &item)); /* q.get() */
        printf("q get %d in queue\n", item);
    }
    return 0;
}

static int put(mp_call *c)
{
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q)); /* def put(q): */
    for (int i = 0; i < 10; i++) {
        MP_TRY(mp_queue_put(q, i)); /* q.put(i) */
        printf("q put %d in queue\n", i);
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_queue) q = mp_queue_new(); /* q = Queue() */
    mp_auto(mp_process) p_get = /* p_get = Process(target=get, args=(q,)) */
        mp_process_new(.target = get, .args = MP_ARGS(q));
    MP_TRY(mp_process_start(p_get)); /* p_get.start() */
    mp_auto(mp_process) p_put = /* p_put = Process(target=put, args=(q,)) */
        mp_process_new(.target = put, .args = MP_ARGS(q));
    MP_TRY(mp_process_start(p_put)); /* p_put.start() */
    MP_TRY(mp_process_join(p_put));  /* p_put.join() */
    MP_TRY(mp_process_join(p_get));  /* p_get.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

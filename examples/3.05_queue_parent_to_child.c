/*
 * A Queue from parent to child: the child waits for what the parent puts.
 *
 * The port of 3.05_queue_parent_to_child.py.
 */
#include <mproc.h>

static int reader_process(mp_call *c)
{
    mp_queue *q;
    mp_auto_any item = MP_NONE;
    MP_TRY(mp_call_args(c, &q));    /* def reader_process(q): */
    MP_TRY(mp_queue_get(q, &item)); /* q.get() */
    mp_print(item);                 /* print(...) */
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    mp_auto(mp_queue) q = mp_queue_new(); /* q = Queue() */
    mp_auto(mp_process) p = /* p = Process(target=reader_process, args=(q,)) */
        mp_process_new(.target = reader_process, .args = MP_ARGS(q));
    MP_TRY(mp_process_start(p));  /* p.start() */
    MP_TRY(mp_queue_put(q, 100)); /* q.put(100) */
    MP_TRY(mp_process_join(p));   /* p.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

/* Every C type that is a value, and every receiver, without a warning. */
#include <mproc.h>

struct point {
    double x, y;
};

static int task(mp_call *c)
{
    int n = 0;
    unsigned long u = 0;
    double d = 0;
    bool b = false;
    const char *view = NULL;
    char *text = NULL;
    mp_any v = MP_NONE;
    mp_queue *q = NULL;
    mp_fn fn = NULL;
    struct point p = {0, 0};
    short shorts[4];

    MP_TRY(mp_call_args(c, &n, &u, &d, &b, &view, &text, &v, &q, &fn,
                        MP_INTO(p), MP_INTO_ARRAY(shorts),
                        MP_UNPACK(&n, MP_UNPACK(&d, &text))));
    MP_TRY(mp_call_kwarg(c, "b", &b));
    return mp_return(c, MP_LIST(view, text, v, q, fn, MP_STRUCT(p)));
}

int right(mp_queue *q, mp_process *process, mp_thread *thread,
          const char *text);

int right(mp_queue *q, mp_process *process, mp_thread *thread, const char *text)
{
    const unsigned char bytes[] = {1, 2};
    char letters[] = "abc";
    struct point p = {1, 2};
    mp_any v = MP_LIST(1, 1U, 1L, 1UL, 1LL, 1ULL, (short)1, 'c', 1.5F, 1.5);
    mp_any w =
        MP_TUPLE(text, letters, "abc", v, q, process, thread, task, MP_NONE);
    mp_any d = MP_DICT("a", MP_ARRAY(bytes), 2, MP_STRUCT_AS("point", p), "e",
                       MP_EMPTY_DICT);

    MP_TRY(mp_queue_put(q, MP_LIST(v, w, d, MP_BYTES(bytes, 2), MP_TRUE)));
    MP_TRY(mp_queue_put(q, MP_ARRAY_N(bytes, 1), 0.5));
    return mp_print(v, w, d);
}

/* Every way to make, use and receive shared data, without a warning. */
#include <mproc.h>

#include <wchar.h>

struct point {
    double x, y;
};

int right(mp_call *c, mp_lock *lock, mp_rlock *rlock, size_t n);

int right(mp_call *c, mp_lock *lock, mp_rlock *rlock, size_t n)
{
    const short shorts[] = {1, 2};
    struct point points[] = {{1, 2}, {3, 4}};
    mp_auto_shared int *i = mp_value_new(int, 0);
    mp_auto_shared struct point *p = mp_value_new(struct point, 1, 2);
    mp_auto_shared struct point *q =
        mp_value_new_with(lock, struct point, .x = 1, .y = 2);
    mp_auto_shared unsigned *u = mp_value_new_with(rlock, unsigned);
    mp_auto_shared bool *b = mp_raw_value_new(bool, true);
    mp_auto_shared double *ds = mp_array_new(double, n);
    mp_auto_shared short *ss = mp_array_new(short, MP_ARRAY(shorts));
    mp_auto_shared char *cs = mp_array_new_with(lock, char, "text");
    mp_auto_shared wchar_t *ws = mp_array_new(wchar_t, MP_ARRAY(L"text"));
    mp_auto_shared struct point *ps =
        mp_raw_array_new(struct point, MP_STRUCT(points));
    mp_auto_shared int *copy = mp_shared_copy(i);

    mp_value_store(i, mp_value_add(copy, 1) + mp_value_load(i));
    mp_value_add(&ds[1], 0.5);
    (void)mp_value_exchange(b, false);
    MP_TRY(mp_shared_acquire(u));
    MP_TRY(mp_shared_release(u));
    MP_TRY(mp_array_set(ss, 0, MP_END, MP_LIST(1, 2)));
    MP_TRY(mp_array_set_item(ps, -1, MP_STRUCT(*p)));
    MP_TRY(mp_array_get_item(ps, 0, MP_INTO(*q)));
    MP_TRY(mp_array_set_value(cs, "hi"));
    MP_TRY(mp_print(mp_array_view(ss), mp_array_value(cs), MP_SHARED(ws)));
    MP_TRY(mp_call_args(c, MP_INTO_SHARED(&i), MP_INTO_SHARED(&p)));
    return mp_shared_lock(i) == NULL || mp_shared_own_lock(q) == NULL;
}

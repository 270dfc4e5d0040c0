/*
 * A Value and an Array: a child changes what its parent prints.
 *
 * The port of 3.10_value_and_array.py.
 */
#include <mproc.h>

static int f(mp_call *c)
{
    double *n;
    int *a;
    MP_TRY(mp_call_args(c, MP_INTO_SHARED(&n), /* def f(n, a): */
                        MP_INTO_SHARED(&a)));
    *n = 3.1415927;                              /* n.value = 3.1415927 */
    for (size_t i = 0; i < mp_array_len(a); i++) /* for i in range(len(a)): */
        a[i] = -a[i];                            /* a[i] = -a[i] */
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    mp_auto_shared double *num = /* num = Value('d', 0.0) */
        mp_value_new(double, 0.0);
    mp_auto_shared int *arr = /* arr = Array('i', range(10)) */
        mp_array_new(int, MP_LIST(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));

    mp_auto(mp_process) p = /* p = Process(target=f, args=(num, arr)) */
        mp_process_new(.target = f,
                       .args = MP_ARGS(MP_SHARED(num), MP_SHARED(arr)));
    MP_TRY(mp_process_start(p)); /* p.start() */
    MP_TRY(mp_process_join(p));  /* p.join() */

    mp_print(*num);               /* print(num.value) */
    mp_print(mp_array_view(arr)); /* print(arr[:]) */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

/*
 * map calls a function with each item of a list, in as many workers as there
 * are CPUs, and gives the results in the list's order.
 *
 * The port of 4.06_pool_map.py.
 */
#include <mproc.h>

#include <unistd.h>

static int fun(mp_call *c)
{
    int n;
    MP_TRY(mp_call_args(c, &n)); /* def fun(n): */
    sleep(1);                    /* time.sleep(1) */
    return mp_return(c, n * n);  /* return n ** 2 */
}

static int app(mp_call *c)
{
    (void)c;
    mp_auto(mp_pool) pool = mp_pool_new(); /* pool = Pool() */

    mp_auto_any r = MP_NONE; /* r = pool.map(fun, [1, 2, 3, 4, 5]) */
    MP_TRY(mp_pool_map(pool, fun, MP_LIST(1, 2, 3, 4, 5), &r));
    MP_TRY(mp_pool_close(pool)); /* pool.close() */
    MP_TRY(mp_pool_join(pool));  /* pool.join() */
    mp_print(r);                 /* print(r) */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

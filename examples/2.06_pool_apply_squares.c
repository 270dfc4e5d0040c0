/*
 * apply is synchronous: ten squares one by one, each result at once, though
 * there are three workers.
 *
 * The port of 2.06_pool_apply_squares.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static int work(mp_call *c)
{
    int n;
    MP_TRY(mp_call_args(c, &n)); /* def work(n): */
    printf("%d run\n", getpid());
    sleep(1);                   /* time.sleep(1) */
    return mp_return(c, n * n); /* return n ** 2 */
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_pool) p = mp_pool_new(3); /* p = Pool(3) */
    int res_l[10];                       /* res_l = [] */
    for (int i = 0; i < 10; i++) {
        int res; /* res = p.apply(work, args=(i,)) */
        MP_TRY(mp_pool_apply(p, work, MP_ARGS(i), &res));
        res_l[i] = res; /* res_l.append(res) */
    }
    mp_print(MP_ARRAY(res_l)); /* print(res_l) */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

/*
 * apply_async goes on at once: ten squares in three workers, three at a time.
 * The results are asked for when all of them are there.
 *
 * The port of 2.07_pool_apply_async_squares.py.
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
    mp_result *res_l[10];                /* res_l = [] */
    for (int i = 0; i < 10; i++) {
        mp_result *res = /* res = p.apply_async(work, args=(i,)) */
            mp_pool_apply_async(p, work, MP_ARGS(i));
        res_l[i] = res; /* res_l.append(res) */
    }

    MP_TRY(mp_pool_close(p)); /* p.close() */
    MP_TRY(mp_pool_join(p));  /* p.join() */
    for (int i = 0; i < 10; i++) {
        int square;
        MP_TRY(mp_result_get(res_l[i], &square)); /* res.get() */
        mp_print("执行结果输出:", square);
        mp_result_free(res_l[i]);
    }
    return 0;
}

int main(void)
{
    return mp_main(app);
}

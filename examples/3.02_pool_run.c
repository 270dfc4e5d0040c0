/*
 * Five tasks in a Pool of three: the fourth begins when one has ended.
 *
 * The port of 3.02_pool_run.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static int run_pool(mp_call *c)
{
    int i;
    MP_TRY(mp_call_args(c, &i)); /* def run_pool(i): */
    printf("this process`s i is: %d\n", i);
    sleep(1); /* sleep(1) */
    printf("%d end\n", i);
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_pool) p = mp_pool_new(3); /* p = Pool(3) */
    for (int i = 0; i < 5; i++)
        mp_result_free(/* p.apply_async(run_pool, (i, )) */
                       mp_pool_apply_async(p, run_pool, MP_ARGS(i)));
    MP_TRY(mp_pool_close(p)); /* p.close() */
    MP_TRY(mp_pool_join(p));  /* p.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

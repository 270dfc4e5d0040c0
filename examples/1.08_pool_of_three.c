/*
 * A Pool of three does ten tasks of three seconds: three at a time.
 *
 * The port of 1.08_pool_of_three.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *now(void) /* time.strftime('%H:%M:%S') */
{
    static char text[16];
    time_t t = time(NULL);

    strftime(text, sizeof text, "%H:%M:%S", localtime(&t));
    return text;
}

static int mytest(mp_call *c)
{
    int name;
    MP_TRY(mp_call_args(c, &name)); /* def mytest(name): */
    printf("%s:%d 开始执行 \n", now(), name);
    sleep(3); /* time.sleep(3) */
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_pool) pool = /* pool = Pool(processes=3) */
        mp_pool_new(.processes = 3);
    for (int i = 0; i < 10; i++)
        mp_result_free(/* pool.apply_async(func=mytest, args=(i,)) */
                       mp_pool_apply_async(pool, mytest, MP_ARGS(i)));

    MP_TRY(mp_pool_close(pool)); /* pool.close() */

    MP_TRY(mp_pool_join(pool)); /* pool.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

/*
 * Three functions at once in a Pool of three.
 *
 * The port of 3.03_pool_three_functions.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static int process1(mp_call *c)
{
    (void)c;
    puts("this process is process1");
    sleep(1); /* sleep(1) */
    puts("process1 end");
    return 0;
}

static int process2(mp_call *c)
{
    (void)c;
    puts("this process is process2");
    sleep(1); /* sleep(1) */
    puts("process2 end");
    return 0;
}

static int process3(mp_call *c)
{
    (void)c;
    puts("this process is process3");
    sleep(1); /* sleep(1) */
    puts("process3 end");
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    const mp_fn process_list[] = {process1, process2, process3};
    mp_auto(mp_pool) p = mp_pool_new(3); /* p = Pool(3) */
    for (int i = 0; i < 3; i++)
        mp_result_free(/* p.apply_async(func) */
                       mp_pool_apply_async(p, process_list[i]));
    MP_TRY(mp_pool_close(p)); /* p.close() */
    MP_TRY(mp_pool_join(p));  /* p.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

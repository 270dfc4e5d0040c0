/*
 * Ten results of a Pool of four, kept in a list and asked for at the end.
 *
 * The port of 4.05_pool_collect_results.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int worker(mp_call *c)
{
    const char *msg;
    MP_TRY(mp_call_args(c, &msg)); /* def worker(msg): */
    sleep(2);                      /* sleep(2) */
    puts(msg);                     /* print(msg) */
    time_t now = time(NULL);
    char *text = ctime(&now);
    text[strcspn(text, "\n")] = '\0';
    return mp_return(c, text); /* return ctime() */
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_pool) pool = mp_pool_new(4); /* pool = Pool(4) */

    mp_result *result[10]; /* result = [] */
    for (int i = 0; i < 10; i++) {
        char msg[16];
        snprintf(msg, sizeof msg, "hello %d", i); /* "hello %d" % i */
        mp_result *r = /* r = pool.apply_async(func=worker, args=(msg,)) */
            mp_pool_apply_async(pool, worker, MP_ARGS(msg));
        result[i] = r; /* result.append(r) */
    }

    MP_TRY(mp_pool_close(pool)); /* pool.close() */
    MP_TRY(mp_pool_join(pool));  /* pool.join() */

    for (int i = 0; i < 10; i++) {
        char *text;
        MP_TRY(mp_result_get(result[i], &text)); /* i.get() */
        puts(text);                              /* print(i.get()) */
        free(text);
        mp_result_free(result[i]);
    }
    return 0;
}

int main(void)
{
    return mp_main(app);
}

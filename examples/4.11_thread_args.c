/*
 * Three threads with positional and keyword arguments, then each is joined.
 *
 * The port of 4.11_thread_args.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static int fun(mp_call *c)
{
    unsigned sec;
    const char *name = "";
    MP_TRY(mp_call_args(c, &sec));           /* def fun(sec, */
    MP_TRY(mp_call_kwarg(c, "name", &name)); /* name): */
    puts("线程函数传参");
    sleep(sec); /* sleep(sec) */
    printf("%s线程执行完毕\n", name);
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_thread *thread[3]; /* thread = [] */
    for (int i = 0; i < 3; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "t%d", i);
        mp_thread *t = /* t = Thread(target=fun, args=(2,), kwargs=...) */
            mp_thread_new(.target = fun, .args = MP_ARGS(2),
                          .kwargs = MP_DICT("name", name));
        thread[i] = t;              /* thread.append(t) */
        MP_TRY(mp_thread_start(t)); /* t.start() */
    }
    for (int i = 0; i < 3; i++) {
        MP_TRY(mp_thread_join(thread[i])); /* i.join() */
        mp_thread_free(thread[i]);
    }
    return 0;
}

int main(void)
{
    return mp_main(app);
}

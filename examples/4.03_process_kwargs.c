/*
 * A Process with positional and keyword arguments.
 *
 * The port of 4.03_process_kwargs.py. An argument that may be given either
 * way is asked for by its name.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static int worker(mp_call *c)
{
    unsigned sec;
    const char *name = "";
    MP_TRY(mp_call_args(c, &sec));           /* def worker(sec, */
    MP_TRY(mp_call_kwarg(c, "name", &name)); /* name): */
    for (int i = 0; i < 3; i++) {
        sleep(sec); /* sleep(sec) */
        printf("I'm %s\n", name);
        puts("I'm working...");
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    /* p = Process(target=worker, args=(2,), kwargs={'name': "Levi"}) */
    mp_auto(mp_process) p = mp_process_new(.target = worker, .args = MP_ARGS(2),
                                           .kwargs = MP_DICT("name", "Levi"));

    MP_TRY(mp_process_start(p)); /* p.start() */
    MP_TRY(mp_process_join(p));  /* p.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

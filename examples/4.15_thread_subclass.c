/*
 * A subclass of Thread: run() calls the target that the object was made with.
 *
 * The port of 4.15_thread_subclass.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct MyThread {
    mp_fn target;
};

static int run(mp_call *c)
{
    const struct MyThread *self = mp_call_self(c); /* def run(self): */
    return self->target(c); /* self.target(*self.args, **self.kwargs) */
}

static int player(mp_call *c)
{
    unsigned sec;
    const char *song = "";
    MP_TRY(mp_call_args(c, &sec));           /* def player(sec, */
    MP_TRY(mp_call_kwarg(c, "song", &song)); /* song): */
    for (int i = 0; i < 2; i++) {
        time_t now = time(NULL);
        printf("Playing %s:%s", song, ctime(&now)); /* ctime() */
        sleep(sec);                                 /* sleep(sec) */
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    struct MyThread self = {.target = player};
    mp_auto(mp_thread) t = /* t = MyThread(target=player, args=(3,), ...) */
        mp_thread_new(.run = run, .self = &self, .args = MP_ARGS(3),
                      .kwargs = MP_DICT("song", "凉凉"), .name = "Tedu",
                      .type = "MyThread");
    MP_TRY(mp_thread_start(t)); /* t.start() */
    MP_TRY(mp_thread_join(t));  /* t.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

/*
 * A subclass of Process that tells the time five times.
 *
 * The port of 4.04_process_clock.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct ClockProcess {
    unsigned value;
};

static int run(mp_call *c)
{
    const struct ClockProcess *self = mp_call_self(c); /* def run(self): */
    for (int i = 0; i < 5; i++) {
        time_t now = time(NULL);
        printf("The time is %s", ctime(&now)); /* time.ctime() */
        sleep(self->value);                    /* time.sleep(self.value) */
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    struct ClockProcess self = {.value = 2};
    mp_auto(mp_process) p = /* p = ClockProcess(2) */
        mp_process_new(.run = run, .self = &self);
    MP_TRY(mp_process_start(p)); /* p.start() */
    MP_TRY(mp_process_join(p));  /* p.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}

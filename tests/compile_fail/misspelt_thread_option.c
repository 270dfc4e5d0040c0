/* An option of Thread that there is not. */
/* expect: deamon.*did you mean 'daemon' */
#include <mproc.h>

static int task(mp_call *c)
{
    (void)c;
    return 0;
}

mp_thread *wrong(void);

mp_thread *wrong(void)
{
    return mp_thread_new(.target = task, .deamon = true);
}

/* An option that there is not. */
/* expect: tagret.*did you mean 'target' */
#include <mproc.h>

static int task(mp_call *c)
{
    (void)c;
    return 0;
}

mp_process *wrong(void);

mp_process *wrong(void)
{
    return mp_process_new(.tagret = task);
}

/* A semaphore's value has no default. */
/* expect: expected expression */
#include <mproc.h>

mp_semaphore *wrong(void);

mp_semaphore *wrong(void)
{
    return mp_semaphore_new();
}

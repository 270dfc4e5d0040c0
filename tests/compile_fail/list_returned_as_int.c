/* A value is answered with mp_return. */
/* expect: mp_any */
#include <mproc.h>

int wrong(mp_call *c);

int wrong(mp_call *c)
{
    (void)c;
    return MP_LIST(1, 2);
}

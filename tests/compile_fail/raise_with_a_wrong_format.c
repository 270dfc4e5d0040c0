/* A message is checked as printf's is. */
/* expect: type 'char \*' */
#include <mproc.h>

int wrong(mp_call *c);

int wrong(mp_call *c)
{
    return mp_raise(c, MP_VALUE_ERROR, "x=%d", "text");
}

/* Shared data arrive as a pointer to them. */
/* expect-gcc: invalid type argument of unary '\*' */
/* expect-clang: indirection requires pointer operand */
#include <mproc.h>

int wrong(mp_call *c);

int wrong(mp_call *c)
{
    int n = 0;
    return mp_call_args(c, MP_INTO_SHARED(&n));
}

/* A struct is received with MP_INTO. */
/* expect: type 'struct point \*' */
#include <mproc.h>

struct point {
    double x, y;
};

int wrong(mp_call *c, struct point *p);

int wrong(mp_call *c, struct point *p)
{
    return mp_call_args(c, p);
}

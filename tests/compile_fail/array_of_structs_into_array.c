/* An array holds numbers; structs are received one by one. */
/* expect: type 'struct point \*' */
#include <mproc.h>

struct point {
    double x, y;
};

int wrong(mp_any v, struct point *ps);

int wrong(mp_any v, struct point *ps)
{
    return mp_any_into(v, MP_INTO_ARRAY_N(ps, 3));
}

/* A struct is sent with MP_STRUCT. */
/* expect: type 'struct point' */
#include <mproc.h>

struct point {
    double x, y;
};

int wrong(struct point p);

int wrong(struct point p)
{
    return mp_print(p);
}

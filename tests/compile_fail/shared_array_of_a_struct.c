/* What an array is made of is a value, and a struct by itself is none. */
/* expect: struct point */
#include <mproc.h>

struct point {
    int x, y;
};

struct point *wrong(struct point p);

struct point *wrong(struct point p)
{
    return mp_array_new(struct point, p);
}

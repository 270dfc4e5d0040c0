/*
 * A task: an int comes in, its square goes out.
 */
#include "mproc_square.h"

int mproc_square(mp_call *call)
{
    int64_t v;

    MP_TRY(mp_call_args(call, &v));
    return mp_return(call, v * v);
}

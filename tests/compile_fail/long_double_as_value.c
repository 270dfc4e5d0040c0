/* Python has no such number. */
/* expect: type 'long double' */
#include <mproc.h>

mp_any wrong(long double x);

mp_any wrong(long double x)
{
    return MP(x);
}

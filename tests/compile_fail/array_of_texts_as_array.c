/* An array holds numbers; texts make a list. */
/* expect: type 'const char \*\*' */
#include <mproc.h>

mp_any wrong(void);

mp_any wrong(void)
{
    static const char *names[] = {"a", "b"};
    return MP_ARRAY(names);
}

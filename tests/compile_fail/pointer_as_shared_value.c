/* A pointer means nothing in another process. */
/* expect: no_pointers_in_shared_memory */
#include <mproc.h>

char **wrong(void);

char **wrong(void)
{
    return mp_value_new(char *, "text");
}

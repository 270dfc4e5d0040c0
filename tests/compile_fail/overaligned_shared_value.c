/* Shared data begin at 64 bytes, not at a page. */
/* expect: shared data are aligned to 64 bytes at most */
#include <mproc.h>

struct page {
    _Alignas(4096) char bytes[4096];
};

struct page *wrong(void);

struct page *wrong(void)
{
    return mp_value_new(struct page);
}

/*
 * What becomes of a name; see name_fate.h.
 */
#include "name_fate.h"

#include "op.h"
#include "registry.h"
#include "stage.h"

#include "base/error.h"

#include <errno.h>

static enum kstep_fate when_killed, when_finished;

void kstep_open_registry(enum kstep_fate killed, enum kstep_fate finished)
{
    rig_registry_open();
    when_killed = killed;
    when_finished = finished;
}

const char *kstep_close_registry(void)
{
    return rig_registry_close() == 0 ? NULL
                                     : "a file stays whoever sweeps them";
}

static enum kstep_fate fate(void)
{
    return kstep_has_finished() ? when_finished : when_killed;
}

/* It is whole, and nobody else can have its name. */
static int find(const struct kstep_named *sort, void *found)
{
    int verdict = sort->look(found) ? FINE : TORN;
    void *second = sort->make();

    if (verdict == FINE && (second != NULL || mp__fail_code() != -EEXIST))
        verdict = TWICE;
    sort->free(second);
    sort->free(found);
    if (verdict == FINE && fate() == KSTEP_GONE)
        return TAKEN;
    return verdict;
}

static int make_anew(const struct kstep_named *sort)
{
    void *first, *second;
    bool well;

    if (fate() == KSTEP_THERE)
        return GONE;
    first = sort->make();
    if (first == NULL)
        return OF_NO_USE;
    second = sort->attach();
    well = second != NULL && sort->look(second);
    sort->free(first);
    sort->free(second);
    if (!well)
        return OF_NO_USE;
    second = sort->attach();
    sort->free(second);
    return second == NULL ? FINE : TAKEN;
}

int kstep_use_name(const struct kstep_named *sort)
{
    void *found = sort->attach();

    if (found != NULL)
        return find(sort, found);
    return mp__fail_code() == -ENOENT ? make_anew(sort) : ODD_ANSWER;
}

const char *kstep_check_name(void)
{
    mp_shared_memory *m = mp_shared_memory_new(KSTEP_NAME);

    if (m != NULL && mp_shared_memory_unlink(m) < 0)
        return "its name cannot be taken away";
    mp_shared_memory_free(m);
    return kstep_check_no_name();
}

const char *kstep_check_no_name(void)
{
    return rig_registry_files() == 0 ? NULL : "a file is left behind";
}

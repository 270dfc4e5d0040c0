/*
 * The register that an item of a ShareableList is; see item.h.
 *
 * All is sequentially consistent but the loads and stores of data, which are
 * ordered by the word before and after them.
 */
#include "shared/item.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/sleep.h"

#include <mproc/any.h>

#include <string.h>

#define COPY_BIT    (UINT64_C(1) << 3)
#define PENDING     (UINT64_C(1) << 4)
#define CLAIM_SHIFT 32
#define CLAIM_ONE   (UINT64_C(1) << CLAIM_SHIFT)

#define NAP (INT64_C(50000))

static int kind_of(uint64_t word)
{
    return (int)(word & 7);
}

static size_t length_of(uint64_t word)
{
    return (size_t)(word >> 5 & (MP__ITEM_MAX - 1));
}

static uint32_t claim_of(uint64_t word)
{
    return (uint32_t)(word >> CLAIM_SHIFT);
}

static bool is_pending(uint64_t word)
{
    return (word & PENDING) != 0;
}

static mp__item_unit *copy_of(struct mp__item item, bool second)
{
    return (mp__item_unit *)(item.word + 1) +
           (second ? item.capacity / MP__ITEM_UNIT : 0);
}

static mp__item_unit *current_copy(struct mp__item item, uint64_t word)
{
    return copy_of(item, (word & COPY_BIT) != 0);
}

static mp__item_unit *spare_copy(struct mp__item item, uint64_t word)
{
    return copy_of(item, (word & COPY_BIT) == 0);
}

static size_t units(size_t length)
{
    return (length + MP__ITEM_UNIT - 1) / MP__ITEM_UNIT;
}

/* -- reading -------------------------------------------------------------- */

static bool is_valid(struct mp__item item, uint64_t word)
{
    size_t length = length_of(word);

    switch (kind_of(word)) {
    case MP_KIND_NONE:
        return length == 0;
    case MP_KIND_BOOL:
        return length == 1;
    case MP_KIND_INT:
        return length == sizeof(int64_t);
    case MP_KIND_FLOAT:
        return length == sizeof(double);
    case MP_KIND_STR:
    case MP_KIND_BYTES:
        return length <= item.capacity;
    default:
        return false;
    }
}

static int fail_damaged(void)
{
    return mp__fail(MP_VALUE_ERROR, "an item of the ShareableList is damaged");
}

int mp__item_kind(struct mp__item item)
{
    uint64_t word = atomic_load(item.word);

    return is_valid(item, word) ? kind_of(word) : fail_damaged();
}

/* Acquire: if any of it is of a later write, so is the word that is looked at
   after it; the partner is the exchange in write_unit. */
static void load(const mp__item_unit *from, size_t length, unsigned char *to)
{
    for (size_t i = 0; i < units(length); i++) {
        uint64_t unit = atomic_load_explicit(&from[i], memory_order_acquire);
        uint32_t data = (uint32_t)unit;
        size_t left = length - i * MP__ITEM_UNIT;

        memcpy(to + i * MP__ITEM_UNIT, &data,
               left < MP__ITEM_UNIT ? left : MP__ITEM_UNIT);
    }
}

/* The word is the same before and after: then no write has come to its end in
   between, and none has begun to fill the copy that was read. */
int mp__item_read(struct mp__item item, struct mp__item_data *data)
{
    for (;;) {
        uint64_t word = atomic_load(item.word);

        if (!is_valid(item, word))
            return fail_damaged();
        load(current_copy(item, word), length_of(word), data->bytes);
        if (atomic_load(item.word) == word) {
            data->kind = kind_of(word);
            data->length = length_of(word);
            return 0;
        }
    }
}

/* -- writing -------------------------------------------------------------- */

/* Sleep on a word of one's own: nobody will wake us. */
static void nap(void)
{
    const mp__word never = 0;

    (void)mp__futex_wait(&never, 0, NULL, 0, mp__now() + NAP);
}

/* The word when no claim is pending, or when patience is at its end. */
static uint64_t await_turn(struct mp__item item, int64_t patience)
{
    uint64_t word = atomic_load(item.word);
    int spins = is_pending(word) ? mp__spins() : 0;
    int64_t deadline;

    for (; is_pending(word) && spins > 0; spins--) {
        mp__pause();
        word = atomic_load(item.word);
    }
    deadline = is_pending(word) ? mp__now() + patience : 0;
    while (is_pending(word) && !mp__is_past(deadline)) {
        nap();
        word = atomic_load(item.word);
    }
    return word;
}

/* What counted counts on; the partner is whoever else claims or commits. */
static uint64_t claim(struct mp__item item, int64_t patience)
{
    for (;;) {
        uint64_t word = await_turn(item, patience);
        uint64_t mine = (word | PENDING) + CLAIM_ONE;

        if (atomic_compare_exchange_strong(item.word, &word, mine))
            return mine;
    }
}

/* False if the claim is no longer ours. The unit is looked at before the word:
   if it is ours then, whoever comes later will find what we put there, or has
   put its own there, and the exchange fails. */
static bool write_unit(struct mp__item item, uint64_t mine, mp__item_unit *unit,
                       uint32_t data)
{
    uint64_t new = (uint64_t)claim_of(mine) << 32 | data;
    uint64_t old = atomic_load(unit);

    do
        if (atomic_load(item.word) != mine)
            return false;
    while (!atomic_compare_exchange_strong(unit, &old, new));
    return true;
}

static bool fill(struct mp__item item, uint64_t mine,
                 const struct mp__item_data *data)
{
    mp__item_unit *spare = spare_copy(item, mine);

    for (size_t i = 0; i < units(data->length); i++) {
        size_t left = data->length - i * MP__ITEM_UNIT;
        uint32_t part = 0;

        memcpy(&part, data->bytes + i * MP__ITEM_UNIT,
               left < MP__ITEM_UNIT ? left : MP__ITEM_UNIT);
        if (!write_unit(item, mine, &spare[i], part))
            return false;
    }
    return true;
}

/* The one step by which the item changes. */
static bool commit(struct mp__item item, uint64_t mine,
                   const struct mp__item_data *data)
{
    uint64_t new = (uint64_t)claim_of(mine) << CLAIM_SHIFT |
                   (uint64_t)data->length << 5 | (~mine & COPY_BIT) |
                   (uint64_t)data->kind;

    return atomic_compare_exchange_strong(item.word, &mine, new);
}

void mp__item_write(struct mp__item item, const struct mp__item_data *data)
{
    int64_t patience = MP__ITEM_PATIENCE;

    for (;;) {
        uint64_t mine = claim(item, patience);

        if (fill(item, mine, data) && commit(item, mine, data))
            return;
        if (patience < MP__SECOND)
            patience *= 2;
    }
}

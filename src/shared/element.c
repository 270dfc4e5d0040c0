/*
 * Elements of shared data; see element.h.
 */
#include "shared/element.h"

#include "any/value.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* -- types ----------------------------------------------------------------- */

size_t mp__element_size(int elem)
{
    return elem == MP_ELEM_CHAR ? 1 : mp__elem_size(elem);
}

void mp__element_text(int elem, size_t size, char text[MP__ELEMENT_TEXT])
{
    if (elem == MP_ELEM_NONE)
        (void)snprintf(text, MP__ELEMENT_TEXT, "struct of %zu bytes", size);
    else
        (void)snprintf(text, MP__ELEMENT_TEXT, "%s",
                       elem == MP_ELEM_CHAR ? "char" : mp__elem_name(elem));
}

const char *mp__element_ctype(int elem)
{
    static const char *const names[] = {
        [MP_ELEM_NONE] = "struct",  [MP_ELEM_I8] = "c_byte",
        [MP_ELEM_U8] = "c_ubyte",   [MP_ELEM_I16] = "c_short",
        [MP_ELEM_U16] = "c_ushort", [MP_ELEM_I32] = "c_int",
        [MP_ELEM_U32] = "c_uint",   [MP_ELEM_I64] = "c_long",
        [MP_ELEM_U64] = "c_ulong",  [MP_ELEM_F32] = "c_float",
        [MP_ELEM_F64] = "c_double", [MP_ELEM_BOOL] = "c_bool",
        [MP_ELEM_CHAR] = "c_char",
    };

    return names[elem];
}

/* -- what a value holds ---------------------------------------------------- */

/* Bytes that can be copied as they are: of a text or bytes, or of a struct. */
struct block {
    const void *data;
    size_t size;
};

static bool is_block(mp_any v, int elem, struct block *out)
{
    int kind = mp__kind(v.head);
    bool is_text = kind == MP_KIND_STR && elem == MP_ELEM_CHAR;
    bool is_bytes =
        kind == MP_KIND_BYTES &&
        (elem == MP_ELEM_CHAR || elem == MP_ELEM_U8 || elem == MP_ELEM_NONE);

    if (!is_text && !is_bytes &&
        !(kind == MP_KIND_STRUCT && elem == MP_ELEM_NONE))
        return false;
    *out = (struct block){mp_any_data(v), mp__len(v.head)};
    return true;
}

static int misfit(mp_any v, int elem, size_t size)
{
    char expected[MP__ELEMENT_TEXT];

    mp__element_text(elem, size, expected);
    return mp__fail(MP_TYPE_ERROR, "expected %s, got %s", expected,
                    mp__type_name(v));
}

/* A byte of a text is an int, as C's are, or a text of one byte. */
static bool fits_char(mp_any v)
{
    struct block block;

    if (is_block(v, MP_ELEM_CHAR, &block))
        return block.size == 1;
    return mp__elem_fits(MP_ELEM_I8, v) || mp__elem_fits(MP_ELEM_U8, v);
}

int mp__element_check(mp_any v, int elem, size_t size)
{
    static char nowhere;
    struct block block;

    if (mp__kind(v.head) == MP_KIND_BAD)
        return mp__bad_code(v);
    if (elem == MP_ELEM_CHAR)
        return fits_char(v) ? 0 : misfit(v, elem, size);
    if (elem == MP_ELEM_NONE)
        return is_block(v, elem, &block) && block.size == size
                   ? 0
                   : misfit(v, elem, size);
    return mp__fits(v, (mp_out){mp__head(MP__INTO_NUMBER, elem, 0), &nowhere});
}

void mp__element_store(mp_any v, int elem, size_t size, void *to)
{
    struct block block;

    if (elem != MP_ELEM_U8 && is_block(v, elem, &block))
        memcpy(to, block.data, size);
    else
        mp__elem_store(elem == MP_ELEM_CHAR ? MP_ELEM_I8 : elem, to, v);
}

/* Whether an array's elements are these, and not only of their size. */
static bool is_array_of(mp_any v, int elem)
{
    int its = mp__elem(v.head);

    if (mp__kind(v.head) != MP_KIND_ARRAY)
        return false;
    return its == elem ||
           (elem == MP_ELEM_CHAR && (its == MP_ELEM_I8 || its == MP_ELEM_U8));
}

static int count_in_block(const struct block *block, size_t size, size_t *out)
{
    if (block->size % size != 0)
        return mp__fail(MP_TYPE_ERROR,
                        "%zu bytes are no array of structs of %zu bytes",
                        block->size, size);
    *out = block->size / size;
    return 0;
}

static int check_array(mp_any v, int elem, size_t size)
{
    char expected[MP__ELEMENT_TEXT];

    if (is_array_of(v, elem))
        return 0;
    mp__element_text(elem, size, expected);
    return mp__fail(MP_TYPE_ERROR, "expected array of %s, got array of %s",
                    expected, mp__elem_name(mp__elem(v.head)));
}

int mp__elements_count(mp_any v, int elem, size_t size, size_t *out)
{
    struct block block;
    size_t n = mp__len(v.head);

    if (mp__kind(v.head) == MP_KIND_BAD)
        return mp__bad_code(v);
    if (is_block(v, elem, &block))
        return count_in_block(&block, size, out);
    if (!mp__is_sequence(v))
        return mp__fail(MP_TYPE_ERROR, "expected a length or data, got %s",
                        mp__type_name(v));
    if (mp__kind(v.head) == MP_KIND_ARRAY)
        MP_TRY(check_array(v, elem, size));
    else
        for (size_t i = 0; i < n; i++)
            MP_TRY(mp__element_check(v.u.items[i], elem, size));
    *out = n;
    return 0;
}

void mp__elements_store(mp_any v, int elem, size_t size, void *to)
{
    struct block block;
    size_t n = mp__len(v.head);

    if (mp__kind(v.head) == MP_KIND_ARRAY)
        block = (struct block){v.u.p, n * size};
    else if (!is_block(v, elem, &block)) {
        for (size_t i = 0; i < n; i++)
            mp__element_store(v.u.items[i], elem, size, (char *)to + i * size);
        return;
    }
    /* A piece of an array may be stored over another piece of it. */
    if (block.size > 0)
        memmove(to, block.data, block.size);
}

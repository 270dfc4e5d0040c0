/*
 * float.__repr__: the shortest digits from which the same double is read.
 *
 * printf and strtod are exact, so the digits are found by trying; they are
 * then laid out by hand, which keeps the locale's decimal point out.
 */
#include "any/writer.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_SURE 15 /* no normal double needs fewer to be exact */
#define DIGITS_MAX  17

struct decimal {
    char digits[DIGITS_MAX];
    int n;
    int point; /* the value is 0.digits * 10**point */
};

/* Read "d,ddde-XX" of printf, whatever its decimal point is. */
static void parse(const char *text, struct decimal *out)
{
    out->n = 0;
    for (; *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9')
            out->digits[out->n++] = *text;
    }
    out->point = atoi(text + 1) + 1;
    while (out->n > 1 && out->digits[out->n - 1] == '0')
        out->n--;
}

/* Below a power of two doubles lie twice as dense as above it. So the nearest
   decimal may miss it, and the next one above, farther away, may hit. */
static bool step_up(double f, char *text)
{
    int exponent;
    char *last = strchr(text, 'e') - 1;

    if (frexp(f, &exponent) != 0.5 || *last < '0' || *last >= '9')
        return false;
    ++*last;
    return strtod(text, NULL) == f;
}

static void shortest(double f, struct decimal *out)
{
    char text[64];
    int n = f < DBL_MIN ? 1 : DIGITS_SURE;

    do {
        snprintf(text, sizeof text, "%.*e", n - 1, f);
    } while (strtod(text, NULL) != f && !step_up(f, text) && n++ < DIGITS_MAX);
    parse(text, out);
}

/* digits[from..], with zeros where there are none any more. */
static char *put_digits(char *p, const struct decimal *d, int from, int to)
{
    for (int i = from; i < to; i++)
        *p++ = i >= 0 && i < d->n ? d->digits[i] : '0';
    return p;
}

/* 0.001, 12.5, 100.0 */
static char *put_fixed(char *p, const struct decimal *d)
{
    if (d->point > 0)
        p = put_digits(p, d, 0, d->point);
    else
        *p++ = '0';
    *p++ = '.';
    return put_digits(p, d, d->point, d->n > d->point ? d->n : d->point + 1);
}

/* 1e-05, 1.5e+16 */
static char *put_exponent(char *p, const struct decimal *d)
{
    *p++ = d->digits[0];
    if (d->n > 1) {
        *p++ = '.';
        p = put_digits(p, d, 1, d->n);
    }
    return p + sprintf(p, "e%+03d", d->point - 1);
}

size_t mp__float_repr(double f, char out[MP__FLOAT_MAX])
{
    struct decimal d;
    char *p = out;

    if (isnan(f))
        return (size_t)sprintf(out, "nan");
    if (signbit(f))
        *p++ = '-';
    if (isinf(f)) {
        strcpy(p, "inf");
        return strlen(out);
    }
    shortest(fabs(f), &d);
    if (f == 0)
        d.point = 1;
    p = d.point > -4 && d.point <= 16 ? put_fixed(p, &d) : put_exponent(p, &d);
    *p = '\0';
    return (size_t)(p - out);
}

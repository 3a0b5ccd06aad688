/* Numbers digit by digit: exact, so that they are rounded as C says. */
#ifndef REDWASP_DECIMAL_H
#define REDWASP_DECIMAL_H

#include "internal.h"

/* Nine digits in each; all of any double fit. */
#define RW_LIMBS 128

/* 0.DDD... · 10^point. Behind `count` digits all are 0. */
typedef struct rw_decimal {
    char digits[RW_LIMBS * 9 + 1];
    int count;
    int point;
} rw_decimal;

/* All digits of a finite number that is not negative. */
void rw_decimal_of(double number, rw_decimal *out);
/* Keeps so many digits, rounded half to even: none may be left. `kept` below 0 is 0. */
void rw_decimal_round(rw_decimal *number, int kept);

/* As %f, %e, %g and %a of C write a finite number that is not negative. Without `is_kept`, %g leaves out zeros at the
 * end; with it there is always a point. A `precision` below 0 is that of C without one. */
rw_bytes rw_decimal_fixed(double number, int precision, bool is_kept);
rw_bytes rw_decimal_exponent(double number, int precision, bool is_kept);
rw_bytes rw_decimal_general(double number, int precision, bool is_kept);
rw_bytes rw_hexadecimal(double number, int precision, bool is_kept);

#endif

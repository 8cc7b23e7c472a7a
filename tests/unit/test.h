/* What every unit test includes: cmocka, in the order it wants its headers. */
#ifndef FLAMA_TEST_H
#define FLAMA_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <flama.h>

#endif

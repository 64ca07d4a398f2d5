/* SPDX-License-Identifier: ISC */
/* The tables of the making side. */
#include "report/store_impl.h"

const struct report_schema report_schema_make = { .side = "make" };

/* The collector, for its tests. */
#ifndef COLLECTOR_H
#define COLLECTOR_H

#include "redwasp.h"

extern const rw_collector active_users;

#endif

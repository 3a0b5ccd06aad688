/* Lines for the host's log. */
#include "abi.h"

void rw_log(rw_level level, const char *message, rw_pairs fields) {
    rw_pair *said = rw_alloc_array(fields.count, sizeof *said);
    for (size_t i = 0; i < fields.count; i++)
        said[i] = (rw_pair){rw_said(fields.items[i].name), rw_said(fields.items[i].value)};
    rw_host_log(level, rw_said(rw_str(message)), (rw_pairs){said, fields.count});
}

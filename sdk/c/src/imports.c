/* What the host offers. Each function here is an import of the component when something refers to it. */
#include "abi.h"

#ifdef __wasm__

#define IMPORT(interface, function)                                                                                    \
    __attribute__((import_module("redwasp:collector/" interface "@0.1.0"), import_name(function)))

IMPORT("redis", "pipeline")
void rw_import_pipeline(uint32_t route, const char *of, size_t size, const rw_command *commands, size_t count,
                        abi_pipelined *out);
IMPORT("redis", "nodes") void rw_import_nodes(abi_nodes_result *out);
IMPORT("redis", "remaining") void rw_import_remaining(rw_budget *out);
IMPORT("log", "write")
void rw_import_write(uint32_t level, const char *message, size_t size, const rw_pair *fields, size_t count);

void rw_host_pipeline(rw_route route, const rw_command *commands, size_t count, abi_pipelined *out) {
    rw_import_pipeline(route.kind, route.of.data, route.of.size, commands, count, out);
}

void rw_host_nodes(abi_nodes_result *out) { rw_import_nodes(out); }

void rw_host_remaining(rw_budget *out) { rw_import_remaining(out); }

void rw_host_log(rw_level level, rw_bytes message, rw_pairs fields) {
    rw_import_write(level, message.data, message.size, fields.items, fields.count);
}
#endif

/* What a call asks of the host. In a file of its own: a component that asks nothing imports nothing. */
#include "abi.h"

rw_error *rw_request_pipeline_on(const rw_request *request, rw_route route, const rw_command *commands, size_t count,
                                 const rw_replies **replies) {
    (void)request;
    abi_pipelined pipelined;
    if (route.kind == RW_NODE) route.of = rw_said(route.of);
    rw_host_pipeline(route, commands, count, &pipelined);
    if (pipelined.is_error) return rw_call_error_of(&pipelined.error);
    rw_replies *made = rw_alloc(sizeof *made);
    made->answers = pipelined.answers;
    *replies = made;
    return NULL;
}

rw_error *rw_request_pipeline(const rw_request *request, const rw_command *commands, size_t count,
                              const rw_replies **replies) {
    return rw_request_pipeline_on(request, (rw_route){.kind = RW_AUTOMATIC}, commands, count, replies);
}

rw_error *rw_request_nodes(const rw_request *request, const rw_node **nodes, size_t *count) {
    (void)request;
    abi_nodes_result result;
    rw_host_nodes(&result);
    if (result.is_error) return rw_call_error_of(&result.error);
    *nodes = result.nodes.items;
    *count = result.nodes.count;
    return NULL;
}

rw_budget rw_request_remaining(const rw_request *request) {
    (void)request;
    rw_budget budget;
    rw_host_remaining(&budget);
    return budget;
}

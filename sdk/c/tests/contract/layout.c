/* The structs of src/abi.h are those of the contract. To be compiled for wasm32, never to be run. */
#include "../../src/abi.h"
#include "contract.h"

#define SIZE(mine, theirs) _Static_assert(sizeof(mine) == sizeof(theirs), #mine " has another size than " #theirs)
#define PLACE(mine, field, theirs, their_field)                                                                        \
    _Static_assert(offsetof(mine, field) == offsetof(theirs, their_field) &&                                           \
                       sizeof(((mine *)0)->field) == sizeof(((theirs *)0)->their_field),                               \
                   #mine "." #field " is not " #theirs "." #their_field)
#define SAME(mine, theirs, field) PLACE(mine, field, theirs, field)

#define T(name) redwasp_collector_##name##_t
#define E(name) exports_redwasp_collector_##name##_t

SIZE(rw_bytes, contract_string_t);
SIZE(rw_list, contract_list_string_t);
SIZE(rw_pairs, contract_list_tuple2_string_string_t);
SIZE(rw_pair, contract_tuple2_string_string_t);

SIZE(rw_command, T(types_command));
SAME(rw_command, T(types_command), database);
PLACE(rw_command, words, T(types_command), args);

SIZE(abi_call_error, T(types_call_error));
PLACE(abi_call_error, text, T(types_call_error), val.denied);
PLACE(abi_call_error, server, T(types_call_error), val.server);
PLACE(abi_call_error, server.message, T(types_call_error), val.server.message);
_Static_assert(RW_LIMIT - RW_DENIED == REDWASP_COLLECTOR_TYPES_CALL_ERROR_LIMIT, "limit");
_Static_assert(RW_TIMEOUT - RW_DENIED == REDWASP_COLLECTOR_TYPES_CALL_ERROR_TIMEOUT, "timeout");
_Static_assert(RW_UNREACHABLE - RW_DENIED == REDWASP_COLLECTOR_TYPES_CALL_ERROR_UNREACHABLE, "unreachable");
_Static_assert(RW_SERVER - RW_DENIED == REDWASP_COLLECTOR_TYPES_CALL_ERROR_SERVER, "server");
_Static_assert(RW_CALL_OTHER - RW_DENIED == REDWASP_COLLECTOR_TYPES_CALL_ERROR_OTHER, "other");

SIZE(abi_answer, T(calls_result_reply_call_error));
PLACE(abi_answer, reply, T(calls_result_reply_call_error), val.ok);
PLACE(abi_answer, error, T(calls_result_reply_call_error), val.err);

SIZE(rw_server, T(types_server));
SAME(rw_server, T(types_server), product);
SAME(rw_server, T(types_server), version);
SAME(rw_server, T(types_server), mode);
SAME(rw_server, T(types_server), role);
SAME(rw_server, T(types_server), databases);
SAME(rw_server, T(types_server), extra);

SIZE(rw_target, T(types_target));
SAME(rw_target, T(types_target), name);
SAME(rw_target, T(types_target), labels);
SAME(rw_target, T(types_target), node);
SAME(rw_target, T(types_target), extra);

SIZE(abi_family, T(metrics_family));
SAME(abi_family, T(metrics_family), name);
SAME(abi_family, T(metrics_family), help);
SAME(abi_family, T(metrics_family), unit);
SAME(abi_family, T(metrics_family), kind);
SAME(abi_family, T(metrics_family), label_names);
_Static_assert(RW_COUNTER == REDWASP_COLLECTOR_METRICS_KIND_COUNTER, "counter");
_Static_assert(RW_HISTOGRAM == REDWASP_COLLECTOR_METRICS_KIND_HISTOGRAM, "histogram");
_Static_assert(RW_GAUGE_HISTOGRAM == REDWASP_COLLECTOR_METRICS_KIND_GAUGE_HISTOGRAM, "gauge histogram");
_Static_assert(RW_SUMMARY == REDWASP_COLLECTOR_METRICS_KIND_SUMMARY, "summary");
_Static_assert(RW_UNKNOWN == REDWASP_COLLECTOR_METRICS_KIND_UNKNOWN, "unknown");

SIZE(abi_sample, T(metrics_sample));
SAME(abi_sample, T(metrics_sample), family);
SAME(abi_sample, T(metrics_sample), label_values);
SAME(abi_sample, T(metrics_sample), value);
SIZE(abi_bucketed, T(metrics_bucketed));
SAME(abi_bucketed, T(metrics_bucketed), label_values);
SAME(abi_bucketed, T(metrics_bucketed), buckets);
SAME(abi_bucketed, T(metrics_bucketed), sum);
SAME(abi_bucketed, T(metrics_bucketed), count);
SIZE(abi_quantiled, T(metrics_quantiled));
SAME(abi_quantiled, T(metrics_quantiled), quantiles);
SAME(abi_quantiled, T(metrics_quantiled), sum);
SAME(abi_quantiled, T(metrics_quantiled), count);
SIZE(rw_bucket, contract_tuple2_f64_u64_t);
SIZE(rw_quantile, contract_tuple2_f64_f64_t);

SIZE(abi_request, T(calls_request));
SAME(abi_request, T(calls_request), prepared);
SAME(abi_request, T(calls_request), target);
SAME(abi_request, T(calls_request), server);
SAME(abi_request, T(calls_request), prefetched);
SAME(abi_request, T(calls_request), state);
PLACE(abi_request, state.value, T(calls_request), state.val);
SAME(abi_request, T(calls_request), unix_ms);
SAME(abi_request, T(calls_request), extra);

SIZE(abi_report, T(calls_report));
SAME(abi_report, T(calls_report), samples);
SAME(abi_report, T(calls_report), histograms);
SAME(abi_report, T(calls_report), summaries);
SAME(abi_report, T(calls_report), late);
SAME(abi_report, T(calls_report), warnings);
SAME(abi_report, T(calls_report), partial);
SAME(abi_report, T(calls_report), state);
PLACE(abi_report, state.value, T(calls_report), state.val);
SAME(abi_report, T(calls_report), extra);

SIZE(abi_failure, T(calls_failure));
PLACE(abi_failure, text, T(calls_failure), val.other);
PLACE(abi_failure, redis, T(calls_failure), val.redis);
SIZE(abi_collected, E(collector_result_report_failure));
PLACE(abi_collected, report, E(collector_result_report_failure), val.ok);
PLACE(abi_collected, failure, E(collector_result_report_failure), val.err);

SIZE(abi_description, E(collector_description));
SAME(abi_description, E(collector_description), config_schema);
SAME(abi_description, E(collector_description), extra);
SIZE(abi_ask, E(collector_ask));
SAME(abi_ask, E(collector_ask), keys);
SAME(abi_ask, E(collector_ask), databases);
SIZE(rw_key_read, E(collector_key_read));
SAME(rw_key_read, E(collector_key_read), after);
SAME(rw_key_read, E(collector_key_read), types);
SIZE(abi_sweep, E(collector_sweep));
SAME(abi_sweep, E(collector_sweep), pattern);
SAME(abi_sweep, E(collector_sweep), types);
SAME(abi_sweep, E(collector_sweep), reads);
SIZE(rw_problem, E(collector_problem));
SAME(rw_problem, E(collector_problem), message);

SIZE(abi_plan, E(collector_plan));
SAME(abi_plan, E(collector_plan), families);
SAME(abi_plan, E(collector_plan), late_prefixes);
SAME(abi_plan, E(collector_plan), asks);
SAME(abi_plan, E(collector_plan), prefetch);
SAME(abi_plan, E(collector_plan), sweeps);
SAME(abi_plan, E(collector_plan), scope);
SAME(abi_plan, E(collector_plan), problems);
SAME(abi_plan, E(collector_plan), prepared);
SAME(abi_plan, E(collector_plan), extra);
SIZE(abi_refusal, E(collector_refusal));
PLACE(abi_refusal, problems, E(collector_refusal), val.invalid);
PLACE(abi_refusal, text, E(collector_refusal), val.other);
SIZE(abi_configured, E(collector_result_plan_refusal));
PLACE(abi_configured, plan, E(collector_result_plan_refusal), val.ok);
PLACE(abi_configured, refusal, E(collector_result_plan_refusal), val.err);

SIZE(rw_key, E(sweeper_swept));
PLACE(rw_key, name, E(sweeper_swept), key);
SAME(rw_key, E(sweeper_swept), kind);
SAME(rw_key, E(sweeper_swept), reads);
SIZE(abi_maybe_answer, E(sweeper_option_result_reply_call_error));
PLACE(abi_maybe_answer, answer, E(sweeper_option_result_reply_call_error), val);
SIZE(abi_done, E(sweeper_result_void_failure));
PLACE(abi_done, failure, E(sweeper_result_void_failure), val.err);

SIZE(rw_node, T(redis_node));
SAME(rw_node, T(redis_node), id);
SAME(rw_node, T(redis_node), address);
SAME(rw_node, T(redis_node), role);
SAME(rw_node, T(redis_node), shard);
SAME(rw_node, T(redis_node), primary);
PLACE(rw_node, slots, T(redis_node), slots.ptr);
PLACE(rw_node, slot_count, T(redis_node), slots.len);
SAME(rw_node, T(redis_node), extra);
SIZE(rw_budget, T(redis_budget));
SAME(rw_budget, T(redis_budget), milliseconds);
SAME(rw_budget, T(redis_budget), calls);
SAME(rw_budget, T(redis_budget), commands);
SAME(rw_budget, T(redis_budget), bytes);
_Static_assert(RW_ANY == REDWASP_COLLECTOR_REDIS_ROUTE_ANY, "any");
_Static_assert(RW_OWNER_OF == REDWASP_COLLECTOR_REDIS_ROUTE_OWNER_OF, "owner of");
_Static_assert(RW_ERROR == REDWASP_COLLECTOR_LOG_LEVEL_ERROR, "error");

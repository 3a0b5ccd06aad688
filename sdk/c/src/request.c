/* What a call is given. */
#include "abi.h"

const rw_server *rw_request_server(const rw_request *request) { return &request->inner->server; }

const rw_target *rw_request_target(const rw_request *request) { return &request->inner->target; }

uint64_t rw_request_unix_ms(const rw_request *request) { return request->inner->unix_ms; }

rw_error *rw_call_error_of(const abi_call_error *error) {
    rw_error_kind kind = RW_DENIED + error->tag;
    if (kind == RW_TIMEOUT) return rw_error_new(kind, rw_str("no reply in time"));
    if (kind == RW_SERVER) return rw_error_server(error->server.code, error->server.message);
    return rw_error_new(kind, error->text);
}

rw_error *rw_answer_bytes(const abi_answer *answer, rw_bytes *bytes) {
    if (!answer) return rw_error_new(RW_OTHER, rw_str("a reply to a command that was not asked"));
    if (answer->is_error) return rw_call_error_of(&answer->error);
    *bytes = answer->reply;
    return NULL;
}

rw_error *rw_answer_reply(const abi_answer *answer, rw_reply *reply) {
    rw_bytes bytes;
    *reply = (rw_reply){.kind = RW_REPLY_NULL};
    rw_error *error = rw_answer_bytes(answer, &bytes);
    if (!error) error = rw_decode(bytes, reply);
    if (!error && reply->kind == RW_REPLY_ERROR) error = rw_error_server(reply->error->code, reply->error->text);
    return error;
}

/* NULL for what is not there. */
static const abi_answer *answer_at(abi_answers answers, size_t place) {
    return place < answers.count ? &answers.items[place] : NULL;
}

static rw_error *prefetched_at(const rw_request *request, rw_prefetched prefetched, const abi_answer **answer) {
    *answer = answer_at(request->inner->prefetched, rw_place_of(prefetched.index));
    if (*answer) return NULL;
    return rw_error_new(RW_OTHER, rw_str("a reply to a command that was not planned: was its handle prepared?"));
}

rw_error *rw_request_reply(const rw_request *request, rw_prefetched prefetched, rw_reply *reply) {
    const abi_answer *answer;
    *reply = (rw_reply){.kind = RW_REPLY_NULL};
    rw_error *error = prefetched_at(request, prefetched, &answer);
    return error ? error : rw_answer_reply(answer, reply);
}

rw_error *rw_request_bytes(const rw_request *request, rw_prefetched prefetched, rw_bytes *bytes) {
    const abi_answer *answer;
    *bytes = rw_str("");
    rw_error *error = prefetched_at(request, prefetched, &answer);
    return error ? error : rw_answer_bytes(answer, bytes);
}

bool rw_request_state(const rw_request *request, rw_bytes *plugin_version, rw_bytes *bytes) {
    if (!request->inner->state.is_there) return false;
    *plugin_version = request->inner->state.value.plugin_version;
    *bytes = request->inner->state.value.bytes;
    return true;
}

bool rw_request_saved(const rw_request *request, const rw_type *type, void *value) {
    rw_bytes version, bytes;
    return rw_request_state(request, &version, &bytes) && rw_carried(&bytes, type, value);
}

rw_error *rw_replies_reply(const rw_replies *replies, size_t place, rw_reply *reply) {
    return rw_answer_reply(answer_at(replies->answers, place), reply);
}

rw_error *rw_replies_bytes(const rw_replies *replies, size_t place, rw_bytes *bytes) {
    *bytes = rw_str("");
    return rw_answer_bytes(answer_at(replies->answers, place), bytes);
}

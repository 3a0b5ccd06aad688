/* Servers and replies for tests. */
#include "testing.h"

rw_server rw_test_server(const char *product, const char *version) {
    return (rw_server){
        .product = rw_str(product),
        .version = rw_str(version),
        .mode = rw_str("standalone"),
        .role = rw_str("master"),
        .databases = 16,
    };
}

rw_bytes rw_resp_bulk_bytes(rw_bytes bytes) {
    rw_builder out = {0};
    rw_builder_format(&out, "$%zu\r\n", bytes.size);
    rw_builder_add(&out, bytes);
    rw_builder_str(&out, "\r\n");
    return rw_builder_bytes(&out);
}

rw_bytes rw_resp_bulk(const char *text) { return rw_resp_bulk_bytes(rw_str(text)); }

rw_bytes rw_resp_simple(const char *text) { return rw_str(rw_format("+%s\r\n", text)); }

rw_bytes rw_resp_error(const char *line) { return rw_str(rw_format("-%s\r\n", line)); }

rw_bytes rw_resp_integer(int64_t integer) { return rw_str(rw_format(":%lld\r\n", (long long)integer)); }

rw_bytes rw_resp_double(double number) { return rw_str(rw_format(",%s\r\n", rw_number_text(number))); }

rw_bytes rw_resp_boolean(bool boolean) { return rw_str(boolean ? "#t\r\n" : "#f\r\n"); }

rw_bytes rw_resp_null(void) { return rw_str("_\r\n"); }

static rw_bytes together(char type, size_t count, rw_list parts) {
    rw_builder out = {0};
    rw_builder_format(&out, "%c%zu\r\n", type, count);
    for (size_t i = 0; i < parts.count; i++) rw_builder_add(&out, parts.items[i]);
    return rw_builder_bytes(&out);
}

rw_bytes rw_resp_array(rw_list elements) { return together('*', elements.count, elements); }

rw_bytes rw_resp_set(rw_list elements) { return together('~', elements.count, elements); }

rw_bytes rw_resp_map(rw_list keys_and_values) { return together('%', keys_and_values.count / 2, keys_and_values); }

rw_error *rw_test_error(rw_error_kind kind, const char *text) { return rw_error_new(kind, rw_copy(rw_str(text))); }

rw_error *rw_test_server_error(const char *code, const char *message) {
    return rw_error_server(rw_copy(rw_str(code)), rw_copy(rw_str(message)));
}

/* What redwasp.h needs and nobody writes by hand. */
#ifndef REDWASP_MACROS_H
#define REDWASP_MACROS_H

/* A C string or bytes as bytes. */
#define RW_BYTES_OF(value) _Generic((value), char *: rw_str, const char *: rw_str, rw_bytes: rw_same)(value)

#define RW_EACH(...)                                                                                                   \
    RW_EACH_OF(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, \
               9, 8, 7, 6, 5, 4, 3, 2, 1, 0)(__VA_ARGS__)
#define RW_EACH_OF(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad, ae,   \
                   af, count, ...)                                                                                     \
    RW_EACH_##count
#define RW_EACH_1(value) RW_BYTES_OF(value)
#define RW_EACH_2(value, ...) RW_BYTES_OF(value), RW_EACH_1(__VA_ARGS__)
#define RW_EACH_3(value, ...) RW_BYTES_OF(value), RW_EACH_2(__VA_ARGS__)
#define RW_EACH_4(value, ...) RW_BYTES_OF(value), RW_EACH_3(__VA_ARGS__)
#define RW_EACH_5(value, ...) RW_BYTES_OF(value), RW_EACH_4(__VA_ARGS__)
#define RW_EACH_6(value, ...) RW_BYTES_OF(value), RW_EACH_5(__VA_ARGS__)
#define RW_EACH_7(value, ...) RW_BYTES_OF(value), RW_EACH_6(__VA_ARGS__)
#define RW_EACH_8(value, ...) RW_BYTES_OF(value), RW_EACH_7(__VA_ARGS__)
#define RW_EACH_9(value, ...) RW_BYTES_OF(value), RW_EACH_8(__VA_ARGS__)
#define RW_EACH_10(value, ...) RW_BYTES_OF(value), RW_EACH_9(__VA_ARGS__)
#define RW_EACH_11(value, ...) RW_BYTES_OF(value), RW_EACH_10(__VA_ARGS__)
#define RW_EACH_12(value, ...) RW_BYTES_OF(value), RW_EACH_11(__VA_ARGS__)
#define RW_EACH_13(value, ...) RW_BYTES_OF(value), RW_EACH_12(__VA_ARGS__)
#define RW_EACH_14(value, ...) RW_BYTES_OF(value), RW_EACH_13(__VA_ARGS__)
#define RW_EACH_15(value, ...) RW_BYTES_OF(value), RW_EACH_14(__VA_ARGS__)
#define RW_EACH_16(value, ...) RW_BYTES_OF(value), RW_EACH_15(__VA_ARGS__)
#define RW_EACH_17(value, ...) RW_BYTES_OF(value), RW_EACH_16(__VA_ARGS__)
#define RW_EACH_18(value, ...) RW_BYTES_OF(value), RW_EACH_17(__VA_ARGS__)
#define RW_EACH_19(value, ...) RW_BYTES_OF(value), RW_EACH_18(__VA_ARGS__)
#define RW_EACH_20(value, ...) RW_BYTES_OF(value), RW_EACH_19(__VA_ARGS__)
#define RW_EACH_21(value, ...) RW_BYTES_OF(value), RW_EACH_20(__VA_ARGS__)
#define RW_EACH_22(value, ...) RW_BYTES_OF(value), RW_EACH_21(__VA_ARGS__)
#define RW_EACH_23(value, ...) RW_BYTES_OF(value), RW_EACH_22(__VA_ARGS__)
#define RW_EACH_24(value, ...) RW_BYTES_OF(value), RW_EACH_23(__VA_ARGS__)
#define RW_EACH_25(value, ...) RW_BYTES_OF(value), RW_EACH_24(__VA_ARGS__)
#define RW_EACH_26(value, ...) RW_BYTES_OF(value), RW_EACH_25(__VA_ARGS__)
#define RW_EACH_27(value, ...) RW_BYTES_OF(value), RW_EACH_26(__VA_ARGS__)
#define RW_EACH_28(value, ...) RW_BYTES_OF(value), RW_EACH_27(__VA_ARGS__)
#define RW_EACH_29(value, ...) RW_BYTES_OF(value), RW_EACH_28(__VA_ARGS__)
#define RW_EACH_30(value, ...) RW_BYTES_OF(value), RW_EACH_29(__VA_ARGS__)
#define RW_EACH_31(value, ...) RW_BYTES_OF(value), RW_EACH_30(__VA_ARGS__)
#define RW_EACH_32(value, ...) RW_BYTES_OF(value), RW_EACH_31(__VA_ARGS__)

/* Refuses at compile time a member of another type. */
#define RW_FIELD(of, member, c_type, type_of_it)                                                                       \
    .name = #member, .type = (type_of_it), .offset = _Generic(((of *)0)->member, c_type: offsetof(of, member))

#ifdef __wasm__
/* The exports of the contract are in the author's object file, so that a component exports what the author says. */
#define RW_EXPORT_AS(name) __attribute__((export_name(name), used, visibility("default")))

void *rw_component_describe(const rw_collector *collector);
void *rw_component_configure(const rw_collector *collector, const uintptr_t flat[13]);
void *rw_component_collect(const rw_collector *collector, void *request);
void *rw_component_begin(const rw_collector *collector, void *request);
void *rw_component_page(uint32_t sweep, void *keys, size_t count);
void *rw_component_end(bool complete);
void rw_component_close(void);

#define RW_EXPORT_COLLECTOR(collector)                                                                                 \
    RW_EXPORT_AS("redwasp:collector/collector@0.1.0#describe") void *rw_export_describe(void) {                        \
        return rw_component_describe(&(collector));                                                                    \
    }                                                                                                                  \
    RW_EXPORT_AS("redwasp:collector/collector@0.1.0#configure")                                                        \
    void *rw_export_configure(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f,            \
                              uintptr_t g, uintptr_t h, uintptr_t i, uintptr_t j, uintptr_t k, uintptr_t l,            \
                              uintptr_t m) {                                                                           \
        const uintptr_t flat[13] = {a, b, c, d, e, f, g, h, i, j, k, l, m};                                            \
        return rw_component_configure(&(collector), flat);                                                             \
    }                                                                                                                  \
    RW_EXPORT_AS("redwasp:collector/collector@0.1.0#collect") void *rw_export_collect(void *request) {                 \
        return rw_component_collect(&(collector), request);                                                            \
    }                                                                                                                  \
    RW_EXPORT_CLOSE(describe, "collector@0.1.0#describe")                                                              \
    RW_EXPORT_CLOSE(configure, "collector@0.1.0#configure")                                                            \
    RW_EXPORT_CLOSE(collect, "collector@0.1.0#collect")

#define RW_EXPORT_WALK(collector)                                                                                      \
    RW_EXPORT_AS("redwasp:collector/sweeper@0.1.0#begin") void *rw_export_begin(void *request) {                       \
        return rw_component_begin(&(collector), request);                                                              \
    }                                                                                                                  \
    RW_EXPORT_AS("redwasp:collector/sweeper@0.1.0#page")                                                               \
    void *rw_export_page(uint32_t sweep, void *keys, size_t count) { return rw_component_page(sweep, keys, count); }   \
    RW_EXPORT_AS("redwasp:collector/sweeper@0.1.0#end") void *rw_export_end(int complete) {                            \
        return rw_component_end(complete != 0);                                                                        \
    }                                                                                                                  \
    RW_EXPORT_CLOSE(begin, "sweeper@0.1.0#begin")                                                                      \
    RW_EXPORT_CLOSE(page, "sweeper@0.1.0#page")                                                                        \
    RW_EXPORT_CLOSE(end, "sweeper@0.1.0#end")

/* What the host calls when it has read what a function returned. */
#define RW_EXPORT_CLOSE(function, name)                                                                                \
    RW_EXPORT_AS("cabi_post_redwasp:collector/" name) void rw_close_##function(void *returned) {                       \
        (void)returned;                                                                                                \
        rw_component_close();                                                                                          \
    }
#else
#define RW_EXPORT_COLLECTOR(collector)
#define RW_EXPORT_WALK(collector)
#endif

#endif

/* Typed values: configurations, schemas, and what is carried. */
#include "internal.h"
#include "redwasp_test.h"

struct part {
    rw_bytes name;
    double weight;
};
static const rw_field part_fields[] = {
    {RW_STRING(struct part, name)},
    {RW_NUMBER(struct part, weight), .initial = "0.5", RW_MINIMUM(0), RW_MAXIMUM(1)},
};
static const rw_type part_type = RW_TYPE(struct part, part_fields);

struct all {
    struct part *parts;
    size_t part_count;
    struct part one;
    rw_bytes *names;
    size_t name_count;
    int64_t count;
    bool is_on;
    rw_bytes mode;
    uint32_t plain;
};
static const char *const modes[] = {"fast", "slow", NULL};
static const rw_field all_fields[] = {
    {RW_ARRAY(struct all, parts, part_count, part_type), .initial = "[]", .most = 2},
    {RW_STRUCT(struct all, one, part_type), .is_optional = true},
    {RW_ARRAY(struct all, names, name_count, rw_string_type), .initial = "[\"a\"]", .least = 1},
    {RW_INTEGER(struct all, count), RW_MINIMUM(1), .about = "How \"many\"."},
    {RW_BOOLEAN(struct all, is_on), .initial = "true"},
    {RW_STRING(struct all, mode), .initial = "\"fast\"", .one_of = modes},
};
static const rw_type all_type = RW_TYPE(struct all, all_fields);

static const char *problems_of(const char *json) {
    struct all all = {0};
    rw_error *error = rw_config_read(&all_type, rw_str(json), &all);
    rw_builder out = {0};
    for (size_t i = 0; error && i < error->problem_count; i++)
        rw_builder_format(&out, "%.*s: %.*s\n", RW_ARG(error->problems[i].pointer), RW_ARG(error->problems[i].message));
    rw_builder_char(&out, 0);
    return out.data;
}

RW_TEST(a_configuration_is_read_by_its_table) {
    struct all all = {0};
    const char *json =
        "{\"parts\": [{\"name\": \"x\", \"weight\": 1}, {\"name\": \"y\"}], \"count\": 1e3, \"is_on\": false}";
    RW_CHECK(!rw_config_read(&all_type, rw_str(json), &all));
    RW_CHECK(all.part_count == 2 && all.parts[0].weight == 1 && all.parts[1].weight == 0.5);
    RW_CHECK_TEXT(all.parts[1].name, "y");
    RW_CHECK(all.count == 1000 && !all.is_on && all.name_count == 1);
    RW_CHECK_TEXT(all.names[0], "a");
    RW_CHECK_TEXT(all.mode, "fast");
}

RW_TEST(every_problem_has_its_place) {
    RW_CHECK_TEXT(problems_of("{\"parts\": [{\"name\": 1, \"weight\": 2}, 3], \"names\": [\"a\", 2], \"count\": 0, "
                              "\"is_on\": null, \"mode\": \"x\", \"a/~b\": 1}"),
                  "/a~1~0b: there is no such key\n"
                  "/parts/0/name: expected a string, found a number\n"
                  "/parts/0/weight: 2 is more than 1\n"
                  "/parts/1: expected an object, found a number\n"
                  "/names/1: expected a string, found a number\n"
                  "/count: 0 is less than 1\n"
                  "/is_on: expected a boolean, found null\n"
                  "/mode: \"x\" is none of \"fast\", \"slow\"\n");
    RW_CHECK_TEXT(problems_of("{\"count\": 1.5, \"names\": [], \"parts\": {}}"),
                  "/parts: expected an array, found an object\n/names: 0 are fewer than 1\n/count: expected an "
                  "integer, found a number\n");
    RW_CHECK_TEXT(problems_of(""), ": \"count\" is missing\n");
    RW_CHECK_TEXT(problems_of("[]"), ": expected an object, found an array\n");
    RW_CHECK_HAS(problems_of("{"), ": not JSON: expected");
}

RW_TEST(no_type_accepts_only_an_empty_object) {
    rw_type none = {0};
    char nothing;
    RW_CHECK(!rw_config_read(&none, rw_str("{}"), &nothing));
    rw_error *error = rw_config_read(&none, rw_str("{\"a\": 1}"), &nothing);
    RW_CHECK(error && error->problem_count == 1);
    RW_CHECK_TEXT(error->problems[0].pointer, "/a");
    RW_CHECK_TEXT(rw_config_schema(&none), "");
}

RW_TEST(the_schema_is_that_of_the_table) {
    const char *part = "\"properties\":{\"name\":{\"type\":\"string\"},\"weight\":{\"type\":\"number\",\"minimum\":0,"
                       "\"maximum\":1,\"default\":0.5}},"
                       "\"required\":[\"name\"],\"additionalProperties\":false}";
    RW_CHECK_TEXT(
        rw_config_schema(&all_type),
        rw_format("{\"type\":\"object\",\"properties\":{\"parts\":{\"type\":\"array\",\"items\":{\"type\":\"object\",%"
                  "s,\"maxItems\":2,\"default\":[]},"
                  "\"one\":{\"type\":\"object\",%s,"
                  "\"names\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":1,\"default\":[\"a\"]},"
                  "\"count\":{\"type\":\"integer\",\"minimum\":1,\"description\":\"How \\\"many\\\".\"},"
                  "\"is_on\":{\"type\":\"boolean\",\"default\":true},"
                  "\"mode\":{\"type\":\"string\",\"enum\":[\"fast\",\"slow\"],\"default\":\"fast\"}},"
                  "\"required\":[\"count\"],\"additionalProperties\":false}",
                  part, part));
    rw_json json;
    RW_CHECK(!rw_json_read(rw_config_schema(&all_type), &json));
}

RW_TEST(what_is_carried_comes_back) {
    struct part parts[] = {{rw_str("x"), 1}, {{"\0y", 2}, 2}};
    rw_bytes names[] = {rw_str("n"), rw_str("")};
    struct all all = {parts, 2, {rw_str("one"), 3}, names, 2, -7, true, rw_str("slow"), 42}, read = {0};
    rw_builder first = {0}, second = {0};
    rw_carry(&first, &all_type, &all);
    rw_bytes bytes = rw_builder_bytes(&first);
    RW_CHECK(rw_carried(&bytes, &all_type, &read));
    RW_CHECK(read.part_count == 2 && read.parts != parts && read.parts[1].weight == 2 && read.count == -7 &&
             read.plain == 42);
    RW_CHECK_TEXT(read.parts[1].name, ((rw_bytes){"\0y", 2}));
    RW_CHECK_TEXT(read.one.name, "one");
    RW_CHECK_TEXT(read.names[0], "n");
    RW_CHECK(read.is_on && rw_is(read.mode, "slow"));
    /* No address is in it: the same value gives the same bytes. */
    rw_carry(&second, &all_type, &read);
    RW_CHECK_TEXT(rw_builder_bytes(&second), rw_builder_bytes(&first));
}

struct before {
    int64_t hits, lookups;
};
struct now {
    int64_t lookups, hits;
};
struct renamed {
    int64_t hits, misses;
};
struct other {
    double hits, lookups;
};
static const rw_field before_fields[] = {{RW_INTEGER(struct before, hits)}, {RW_INTEGER(struct before, lookups)}};
static const rw_field now_fields[] = {{RW_INTEGER(struct now, hits)}, {RW_INTEGER(struct now, lookups)}};
static const rw_field renamed_fields[] = {{RW_INTEGER(struct renamed, hits)}, {RW_INTEGER(struct renamed, misses)}};
static const rw_field other_fields[] = {{RW_NUMBER(struct other, hits)}, {RW_NUMBER(struct other, lookups)}};
static const rw_type before_type = RW_TYPE(struct before, before_fields), now_type = RW_TYPE(struct now, now_fields),
                     renamed_type = RW_TYPE(struct renamed, renamed_fields),
                     other_type = RW_TYPE(struct other, other_fields);
struct holder {
    struct before *all;
    size_t count;
};
static const rw_field of_before[] = {{RW_ARRAY(struct holder, all, count, before_type)}};
static const rw_field of_other[] = {{RW_ARRAY(struct holder, all, count, other_type)}};
static const rw_type holder_of_before = RW_TYPE(struct holder, of_before),
                     holder_of_other = RW_TYPE(struct holder, of_other);

static bool reads(const rw_type *written, const rw_type *read) {
    char value[sizeof(struct holder)] = {0};
    rw_builder carried = {0};
    rw_carry(&carried, written, value);
    rw_bytes bytes = rw_builder_bytes(&carried);
    return rw_carried(&bytes, read, value);
}

RW_TEST(a_value_of_another_layout_is_not_read) {
    RW_CHECK(reads(&before_type, &before_type) && reads(&holder_of_before, &holder_of_before));
    RW_CHECK(!reads(&before_type, &renamed_type) && !reads(&before_type, &now_type));
    RW_CHECK(!reads(&before_type, &other_type));
    RW_CHECK(!reads(&holder_of_before, &holder_of_other));
}

RW_TEST(what_was_cut_or_changed_is_not_read) {
    struct part parts[] = {{rw_str("x"), 1}};
    struct all all = {.parts = parts, .part_count = 1}, read;
    rw_builder carried = {0};
    rw_carry(&carried, &all_type, &all);
    for (size_t size = 0; size < carried.size; size++) {
        char *exact = rw_alloc(size);
        memcpy(exact, carried.data, size);
        rw_bytes bytes = {exact, size};
        RW_CHECK(!rw_carried(&bytes, &all_type, &read));
    }
    rw_bytes bytes = rw_builder_bytes(&carried);
    RW_CHECK(!rw_carried(&bytes, &part_type, &read));
    for (size_t i = 0; i < carried.size; i++) {
        /* Whatever stands there, nothing is read beyond the bytes. */
        rw_bytes copy = rw_copy(rw_builder_bytes(&carried));
        ((char *)(uintptr_t)copy.data)[i] ^= (char)0xff;
        (void)rw_carried(&copy, &all_type, &read);
    }
}

RW_TEST(a_type_that_is_not_given_is_carried_as_nothing) {
    const rw_type nothing = {0};
    rw_builder out = {0};
    rw_carry(&out, &nothing, rw_alloc(0));
    rw_bytes bytes = rw_builder_bytes(&out);
    RW_CHECK(rw_carried(&bytes, &nothing, rw_alloc(0)) && bytes.size == 0);
}

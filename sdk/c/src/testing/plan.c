/* What the daemon asks of every plan before it calls the collector again. */
#include "testing.h"

/* Sweeps of a plan, and reads of each; bytes of a pattern. */
#define MOST_SWEEPS 256
#define MOST_READS 16
#define LONGEST_PATTERN 1024

static void add(rw_builder *problems, const char *problem) {
    if (problems->size) rw_builder_str(problems, "; ");
    rw_builder_str(problems, problem);
}

static void problems_of(rw_builder *problems, size_t place, const abi_ask *ask) {
    bool some_read_keys = false;
    for (size_t i = 0; i < ask->commands.count; i++) {
        rw_bytes name = ask->commands.items[i];
        rw_named named;
        const char *forbidden = rw_rules_named(name, &named);
        if (forbidden) {
            add(problems, rw_format("asks[%zu].commands: %s", place, forbidden));
            continue;
        }
        some_read_keys |= named.some_read_keys;
        if (named.all_read_keys && ask->keys.count == 0)
            add(problems, rw_format("asks[%zu].keys: %.*s reads keys, and no pattern says which", place, RW_ARG(name)));
    }
    if (ask->keys.count && !some_read_keys)
        add(problems,
            rw_format("asks[%zu].commands: none of them reads keys, and there are patterns of keys", place));
    for (size_t i = 0; i < ask->keys.count; i++)
        if (ask->keys.items[i].size > LONGEST_PATTERN)
            add(problems, rw_format("asks[%zu].keys: a pattern of %zu bytes matches nothing: %d are taken", place,
                                    ask->keys.items[i].size, LONGEST_PATTERN));
}

static const char *wrong_asks(abi_asks asks) {
    rw_builder problems = {0};
    for (size_t i = 0; i < asks.count; i++) problems_of(&problems, i, &asks.items[i]);
    if (problems.size == 0) return NULL;
    rw_builder_char(&problems, 0);
    return problems.data;
}

static const char *no_grant_allows(const char *forbidden) { return rw_format("%s; no grant allows it", forbidden); }

static const char *wrong_prefetch(abi_commands commands) {
    for (size_t i = 0; i < commands.count; i++) {
        const char *forbidden;
        if (!rw_rule_of(commands.items[i].words, &forbidden)) return no_grant_allows(forbidden);
    }
    return NULL;
}

static const char *wrong_read(const rw_key_read *read) {
    /* No word of a command is written so. */
    static const rw_bytes key = {"\0key\0", 5};
    const char *forbidden;
    const rw_rule *rule = rw_rule_of(rw_read_words(read, key), &forbidden);
    if (!rule) return no_grant_allows(forbidden);
    if (rw_rule_reads_keys(rule) && (rule->key == 0 || rule->key == read->before.count)) return NULL;
    return rw_format("%s as a read of a sweep has to read the key that it is about, and no other", rule->name);
}

static const char *wrong_sweep(const abi_sweep *sweep) {
    if (sweep->reads.count > MOST_READS)
        return rw_format("%zu reads in a sweep, more than the %d allowed", sweep->reads.count, MOST_READS);
    if (sweep->pattern.size > LONGEST_PATTERN)
        return rw_format("a pattern of a sweep with %zu bytes: %d are taken", sweep->pattern.size, LONGEST_PATTERN);
    const char *wrong = NULL;
    for (size_t i = 0; !wrong && i < sweep->reads.count; i++) wrong = wrong_read(&sweep->reads.items[i]);
    return wrong;
}

const char *rw_check_plan(const abi_plan *plan) {
    const char *wrong = rw_check_families(plan->families, (abi_families){0});
    if (!wrong) wrong = wrong_asks(plan->asks);
    if (!wrong) wrong = wrong_prefetch(plan->prefetch);
    if (!wrong && plan->sweeps.count > MOST_SWEEPS)
        wrong = rw_format("%zu sweeps, more than the %d allowed", plan->sweeps.count, MOST_SWEEPS);
    for (size_t i = 0; !wrong && i < plan->sweeps.count; i++) wrong = wrong_sweep(&plan->sweeps.items[i]);
    return wrong;
}

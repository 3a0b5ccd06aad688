/* Why a command of a call is not sent, whatever the operator grants. */
#include "testing.h"

/* Bytes of a key that a text repeats. */
#define LONG 64

static bool is_named(const abi_ask *ask, const rw_rule *rule) {
    for (size_t i = 0; i < ask->commands.count; i++) {
        rw_bytes name = rw_command_name(ask->commands.items[i]);
        if (rw_is(name, rule->name) || rw_rule_is_under(rule, name)) return true;
    }
    return false;
}

static bool is_of(const abi_ask *ask, uint32_t database) {
    for (size_t i = 0; i < ask->databases.count; i++)
        if (ask->databases.items[i] == database) return true;
    return ask->databases.count == 0 && database == 0;
}

static bool covers(const abi_ask *ask, const rw_rule *rule, uint32_t database, rw_list words) {
    if (!is_named(ask, rule)) return false;
    if (!rw_rule_reads_keys(rule)) return true;
    if (!is_of(ask, database)) return false;
    if (rule->key == 0) return true;
    for (size_t i = 0; i < ask->keys.count; i++)
        if (rw_glob(ask->keys.items[i], words.items[rule->key])) return true;
    return false;
}

static const char *not_asked(const rw_rule *rule, uint32_t database, rw_list words) {
    rw_builder text = {0};
    rw_builder_str(&text, rule->name);
    if (rule->key) {
        rw_bytes key = words.items[rule->key];
        bool is_long = key.size > LONG;
        if (is_long) key.size = LONG;
        rw_builder_char(&text, ' ');
        rw_escape(&text, key);
        if (is_long) rw_builder_str(&text, "…");
    }
    if (database) rw_builder_format(&text, " in database %u", database);
    rw_builder_format(&text, " is not among what the plugin asks for: let its plan ask for %s", rule->name);
    if (rw_rule_reads_keys(rule)) rw_builder_str(&text, ", with patterns that its keys fit");
    rw_builder_char(&text, 0);
    return text.data;
}

const char *rw_denied(abi_asks asks, uint32_t database, rw_list words) {
    const char *forbidden;
    const rw_rule *rule = rw_rule_of(words, &forbidden);
    if (!rule) return rw_format("%s; no grant allows it", forbidden);
    if (strcmp(rule->reads, "statistics") == 0) return NULL;
    for (size_t i = 0; i < asks.count; i++)
        if (covers(&asks.items[i], rule, database, words)) return NULL;
    return not_asked(rule, database, words);
}

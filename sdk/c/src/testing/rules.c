/* The daemon's table of commands: which of them are reads, and how they are written. With it, the names that are the
 * exporter's own. */
#include "testing.h"

/* Bytes of a name, more than any command's. */
#define LONGEST_NAME 64

static const rw_rule rules[] = {
#include "rules.inc"
};

static const size_t rule_count = sizeof rules / sizeof rules[0];

static const char *const own_families[] = {OWN_FAMILIES};

bool rw_is_the_exporters(rw_bytes name) {
    for (size_t i = 0; i < sizeof own_families / sizeof own_families[0]; i++)
        if (rw_is(name, own_families[i])) return true;
    return rw_starts_with(name, OWN_PREFIX);
}

void rw_escape(rw_builder *out, rw_bytes bytes) {
    static const char marks[] = "\t\r\n'\"\\", letters[] = "trn'\"\\";
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        const char *mark = memchr(marks, byte, sizeof marks - 1);
        if (mark) rw_builder_format(out, "\\%c", letters[mark - marks]);
        else if (byte < ' ' || byte > '~') rw_builder_format(out, "\\x%02x", byte);
        else rw_builder_char(out, (char)byte);
    }
}

static rw_list words_in(rw_bytes name) {
    rw_vector words = {0};
    for (rw_bytes rest = rw_trim(name); rest.size; rest = rw_trim(rest)) {
        rw_bytes word = {rest.data, 0};
        while (word.size < rest.size && rw_trim((rw_bytes){rest.data + word.size, 1}).size) word.size++;
        *(rw_bytes *)rw_vector_push(&words, sizeof word) = word;
        rest = (rw_bytes){rest.data + word.size, rest.size - word.size};
    }
    return (rw_list){words.items, words.count};
}

rw_bytes rw_command_name(rw_bytes name) {
    rw_list words = words_in(name);
    rw_builder out = {0};
    for (size_t i = 0; i < words.count; i++) {
        if (i) rw_builder_char(&out, ' ');
        for (size_t at = 0; at < words.items[i].size; at++) {
            char byte = words.items[i].data[at];
            rw_builder_char(&out, byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte);
        }
    }
    return out.size ? rw_builder_bytes(&out) : rw_str("");
}

/* A word as the table has it; NULL for what can be none: a subcommand is a word of its own. */
static const char *upper(rw_bytes word) {
    if (word.size > LONGEST_NAME) return NULL;
    for (size_t i = 0; i < word.size; i++)
        if (word.data[i] <= ' ' || word.data[i] > '~') return NULL;
    return rw_copy(rw_command_name(word)).data;
}

static const rw_rule *rule_named(const char *name) {
    for (size_t i = 0; name && i < rule_count; i++)
        if (strcmp(rules[i].name, name) == 0) return &rules[i];
    return NULL;
}

bool rw_rule_is_under(const rw_rule *rule, rw_bytes container) {
    rw_bytes before, subcommand;
    return rw_split(rw_str(rule->name), ' ', &before, &subcommand) && rw_equal(before, container);
}

static bool is_container(const char *name) {
    for (size_t i = 0; i < rule_count; i++)
        if (rw_rule_is_under(&rules[i], rw_str(name))) return true;
    return false;
}

static size_t words_of(const rw_rule *rule) { return strchr(rule->name, ' ') ? 2 : 1; }

static const char *unknown(rw_list words, size_t count) {
    rw_builder name = {0};
    for (size_t i = 0; i < count && i < words.count; i++) {
        rw_bytes word = words.items[i];
        if (word.size > LONGEST_NAME) word.size = LONGEST_NAME;
        if (i) rw_builder_char(&name, ' ');
        rw_escape(&name, word);
    }
    if (name.size == 0) return "a command without a name is not in redwasp's table of reads";
    rw_bytes told = rw_builder_bytes(&name);
    if (count == 1 && memchr(told.data, ' ', told.size))
        return rw_format("\"%.*s\" is one word: give the name and each argument as a word of its own", RW_ARG(told));
    return rw_format("%.*s is not in redwasp's table of reads", RW_ARG(told));
}

static const rw_rule *rule_for(rw_list words, const char **forbidden) {
    const char *name = words.count ? upper(words.items[0]) : NULL;
    bool contains = name && is_container(name), has_subcommand = contains && words.count > 1;
    const char *whole = name;
    if (has_subcommand) {
        const char *subcommand = upper(words.items[1]);
        whole = subcommand ? rw_format("%s %s", name, subcommand) : NULL;
    }
    const rw_rule *rule = rule_named(whole);
    if (rule) return rule;
    if (contains && !has_subcommand) *forbidden = rw_format("%s needs a subcommand", name);
    else *forbidden = unknown(words, has_subcommand ? 2 : 1);
    return NULL;
}

const rw_rule *rw_rule_of(rw_list words, const char **forbidden) {
    const rw_rule *rule = rule_for(words, forbidden);
    if (!rule) return NULL;
    if (rule->refused) {
        *forbidden = rw_format("%s %s", rule->name, rule->refused);
        return NULL;
    }
    size_t arguments = words.count - words_of(rule);
    if (arguments >= rule->least && (rule->most < 0 || arguments <= (size_t)rule->most)) return rule;
    *forbidden = rw_format("%s is written otherwise: %s", rule->name, rule->usage);
    return NULL;
}

bool rw_rule_reads_keys(const rw_rule *rule) { return strcmp(rule->reads, "keys") == 0; }

static const char *reads_under(const char *container, rw_named *named) {
    *named = (rw_named){.all_read_keys = true};
    size_t reads = 0;
    for (size_t i = 0; i < rule_count; i++) {
        const rw_rule *rule = &rules[i];
        if (rule->refused) continue;
        if (strcmp(rule->name, container) != 0 && !rw_rule_is_under(rule, rw_str(container))) continue;
        reads++;
        named->some_read_keys |= rw_rule_reads_keys(rule);
        named->all_read_keys &= rw_rule_reads_keys(rule);
    }
    return reads ? NULL : rw_format("%s has no reads", container);
}

const char *rw_rules_named(rw_bytes name, rw_named *named) {
    rw_list words = words_in(name);
    const char *word = words.count == 1 ? upper(words.items[0]) : NULL, *forbidden;
    if (word && is_container(word)) return reads_under(word, named);
    const rw_rule *rule = rule_for(words, &forbidden);
    if (!rule) return forbidden;
    if (words.count > words_of(rule)) return unknown(words, words.count);
    if (rule->refused) return rw_format("%s %s", rule->name, rule->refused);
    *named = (rw_named){rw_rule_reads_keys(rule), rw_rule_reads_keys(rule)};
    return NULL;
}

/* Keys of a walk, as they come. */
#include "abi.h"

/* Its name is what the daemon tells. */
static _Noreturn __attribute__((noinline)) void no_such_key(void) { __builtin_trap(); }

bool rw_page_is(const rw_page *page, rw_swept sweep) { return page->sweep == rw_place_of(sweep.index); }

size_t rw_page_count(const rw_page *page) { return page->count; }

const rw_key *rw_page_key(const rw_page *page, size_t place) {
    if (place >= page->count) no_such_key();
    return &page->keys[place];
}

rw_bytes rw_key_name(const rw_key *key) { return key->name; }

rw_bytes rw_key_type(const rw_key *key) { return key->kind; }

rw_error *rw_key_reply(const rw_key *key, rw_read read, bool *is_there, rw_reply *reply) {
    uint32_t place = rw_place_of(read.index);
    *is_there = false;
    *reply = (rw_reply){.kind = RW_REPLY_NULL};
    if (place >= key->reads.count)
        return rw_error_new(RW_OTHER, rw_str("a read that the sweep does not have: was its handle prepared?"));
    *is_there = key->reads.items[place].is_there;
    return *is_there ? rw_answer_reply(&key->reads.items[place].answer, reply) : NULL;
}

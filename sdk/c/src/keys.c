/* Keys of a walk, as they come. */
#include "abi.h"

bool rw_page_is(const rw_page *page, rw_swept sweep) { return page->sweep == sweep.index; }

size_t rw_page_count(const rw_page *page) { return page->count; }

const rw_key *rw_page_key(const rw_page *page, size_t place) { return &page->keys[place]; }

rw_bytes rw_key_name(const rw_key *key) { return key->name; }

rw_bytes rw_key_type(const rw_key *key) { return key->kind; }

rw_error *rw_key_reply(const rw_key *key, rw_read read, bool *is_there, rw_reply *reply) {
    *is_there = read.index < key->reads.count && key->reads.items[read.index].is_there;
    *reply = (rw_reply){.kind = RW_REPLY_NULL};
    return *is_there ? rw_answer_reply(&key->reads.items[read.index].answer, reply) : NULL;
}

/* Values as bytes, for what travels from `configure` to `collect` and from one collect to the next: the memory of the
 * struct with its pointers left out, and behind it what they pointed to, by the table of fields. */
#include "internal.h"

void rw_carry_number(rw_builder *builder, uint32_t number) {
    rw_builder_add(builder, (rw_bytes){(const char *)&number, sizeof number});
}

void rw_carry_bytes(rw_builder *builder, rw_bytes bytes) {
    if (bytes.size > UINT32_MAX) rw_out_of_memory();
    rw_carry_number(builder, (uint32_t)bytes.size);
    rw_builder_add(builder, bytes);
}

static bool take(rw_bytes *bytes, void *out, size_t size) {
    if (bytes->size < size) return false;
    if (size) memcpy(out, bytes->data, size);
    bytes->data += size, bytes->size -= size;
    return true;
}

bool rw_carried_number(rw_bytes *bytes, uint32_t *number) { return take(bytes, number, sizeof *number); }

bool rw_carried_bytes(rw_bytes *bytes, rw_bytes *taken) {
    uint32_t size;
    if (!rw_carried_number(bytes, &size) || bytes->size < size) return false;
    *taken = (rw_bytes){bytes->data, size};
    bytes->data += size, bytes->size -= size;
    return true;
}

/* What a field holds: an array's elements and their number, or the one value. */
static void *content(const rw_field *field, const char *value, size_t *count) {
    *count = 1;
    if (!field->is_array) return (void *)(uintptr_t)(value + field->offset);
    void *items;
    memcpy(&items, value + field->offset, sizeof items);
    memcpy(count, value + field->count_offset, sizeof *count);
    return items;
}

static bool has_pointers(const rw_type *type) {
    if (!rw_type_is_given(type)) return false;
    return type->kind == RW_VALUE_STRING || (type->kind == RW_VALUE_STRUCT && type->field_count);
}

/* Addresses mean nothing to who reads them, and would make the same plan differ. */
static void clear_pointers(const rw_type *type, char *value) {
    if (type->kind == RW_VALUE_STRING) memset(value, 0, sizeof(rw_bytes));
    if (type->kind != RW_VALUE_STRUCT) return;
    for (size_t i = 0; i < type->field_count; i++) {
        const rw_field *field = &type->fields[i];
        if (field->is_array) memset(value + field->offset, 0, sizeof(void *));
        else clear_pointers(field->type, value + field->offset);
    }
}

static void carry_items(rw_builder *out, const rw_type *type, const char *items, size_t count);

static void carry_content(rw_builder *out, const rw_type *type, const char *value) {
    if (type->kind == RW_VALUE_STRING) {
        rw_bytes bytes;
        memcpy(&bytes, value, sizeof bytes);
        rw_carry_bytes(out, bytes);
        return;
    }
    for (size_t i = 0; i < type->field_count; i++) {
        const rw_field *field = &type->fields[i];
        size_t count;
        const char *items = content(field, value, &count);
        if (field->is_array) carry_items(out, field->type, items, count);
        else if (has_pointers(field->type)) carry_content(out, field->type, items);
    }
}

static void carry_items(rw_builder *out, const rw_type *type, const char *items, size_t count) {
    size_t begin = out->size;
    rw_builder_add(out, (rw_bytes){items, count * type->size});
    if (!has_pointers(type)) return;
    for (size_t i = 0; i < count; i++) clear_pointers(type, out->data + begin + i * type->size);
    for (size_t i = 0; i < count; i++) carry_content(out, type, items + i * type->size);
}

static bool carried_items(rw_bytes *bytes, const rw_type *type, char *items, size_t count);

static bool carried_array(rw_bytes *bytes, const rw_field *field, char *value) {
    size_t count;
    content(field, value, &count);
    if (field->type->size && count > bytes->size / field->type->size) return false;
    char *items = rw_alloc_array(count, field->type->size);
    memcpy(value + field->offset, &items, sizeof items);
    return carried_items(bytes, field->type, items, count);
}

static bool carried_content(rw_bytes *bytes, const rw_type *type, char *value) {
    if (type->kind == RW_VALUE_STRING) {
        rw_bytes taken;
        if (!rw_carried_bytes(bytes, &taken)) return false;
        taken = rw_copy(taken);
        memcpy(value, &taken, sizeof taken);
        return true;
    }
    for (size_t i = 0; i < type->field_count; i++) {
        const rw_field *field = &type->fields[i];
        if (field->is_array) {
            if (!carried_array(bytes, field, value)) return false;
        } else if (has_pointers(field->type) && !carried_content(bytes, field->type, value + field->offset)) {
            return false;
        }
    }
    return true;
}

static bool carried_items(rw_bytes *bytes, const rw_type *type, char *items, size_t count) {
    if (!take(bytes, items, count * type->size)) return false;
    if (!has_pointers(type)) return true;
    for (size_t i = 0; i < count; i++)
        if (!carried_content(bytes, type, items + i * type->size)) return false;
    return true;
}

/* Deeper types are not told apart: one may hold elements of itself. */
#define MOST_DEPTH 8

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
static void mix(uint64_t *hash, const void *data, size_t size) {
    for (size_t i = 0; i < size; i++) *hash = (*hash ^ ((const unsigned char *)data)[i]) * UINT64_C(0x100000001b3);
}

static void mix_number(uint64_t *hash, size_t number) { mix(hash, &number, sizeof number); }

static void mix_type(uint64_t *hash, const rw_type *type, unsigned depth) {
    mix_number(hash, type->kind);
    mix_number(hash, type->size);
    mix_number(hash, type->field_count);
    for (size_t i = 0; depth && i < type->field_count; i++) {
        const rw_field *field = &type->fields[i];
        mix(hash, field->name, strlen(field->name) + 1);
        mix_number(hash, field->offset);
        mix_number(hash, field->is_array ? field->count_offset + 1 : 0);
        mix_type(hash, field->type, depth - 1);
    }
}

/* Stands for the layout of a type: bytes of another one are not read as this one. */
static uint64_t layout_of(const rw_type *type) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    mix_type(&hash, type, MOST_DEPTH);
    return hash;
}

void rw_carry(rw_builder *builder, const rw_type *type, const void *value) {
    uint64_t layout = layout_of(type);
    rw_builder_add(builder, (rw_bytes){(const char *)&layout, sizeof layout});
    carry_items(builder, type, value, 1);
}

bool rw_carried(rw_bytes *bytes, const rw_type *type, void *value) {
    uint64_t layout;
    if (!take(bytes, &layout, sizeof layout) || layout != layout_of(type)) return false;
    char *read = rw_alloc(type->size);
    if (!carried_items(bytes, type, read, 1) || bytes->size != 0) return false;
    if (type->size) memcpy(value, read, type->size);
    return true;
}

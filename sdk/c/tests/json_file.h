/* A file of JSON, for tests. */
#ifndef REDWASP_JSON_FILE_H
#define REDWASP_JSON_FILE_H

#include <stdio.h>

#include "internal.h"
#include "redwasp_test.h"

/* The path is as it is seen from sdk/c. */
static inline rw_json rw_json_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) rw_test_fail(__FILE__, __LINE__, "run it in sdk/c: %s is not there", path);
    rw_builder text = {0};
    char part[4096];
    size_t size;
    while ((size = fread(part, 1, sizeof part, file)) > 0) rw_builder_add(&text, (rw_bytes){part, size});
    fclose(file);
    rw_json json;
    rw_error *error = rw_json_read(rw_builder_bytes(&text), &json);
    if (error) rw_test_fail(__FILE__, __LINE__, "%s: %.*s", path, RW_ARG(error->text));
    return json;
}

#endif

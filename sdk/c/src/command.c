/* Commands for Redis. */
#include "internal.h"

rw_command rw_command_of(const char *name, rw_list arguments) {
    rw_bytes *words = rw_alloc_array(arguments.count + 1, sizeof *words);
    words[0] = rw_copy(rw_str(name));
    for (size_t i = 0; i < arguments.count; i++) words[i + 1] = rw_copy(arguments.items[i]);
    return (rw_command){0, {words, arguments.count + 1}};
}

rw_command rw_command_info(void) { return rw_command_of("INFO", RW_LIST("ALL")); }

rw_command rw_command_arg(rw_command command, rw_bytes argument) {
    rw_bytes *words = rw_alloc_array(command.words.count + 1, sizeof *words);
    if (command.words.count) memcpy(words, command.words.items, command.words.count * sizeof *words);
    words[command.words.count] = rw_copy(argument);
    return (rw_command){command.database, {words, command.words.count + 1}};
}

rw_command rw_command_database(rw_command command, uint32_t database) {
    command.database = database;
    return command;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* config: see config.h. Reading the sources is in config_read.c. */
#include "pipeline/config.h"

#include "pipeline/memory.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *config_string(const struct config *config, enum option_id id)
{
    return config->values[id].text;
}

int64_t config_number(const struct config *config, enum option_id id)
{
    assert(option_row(id)->kind == OPTION_INTEGER || option_row(id)->kind == OPTION_CHOICE);
    return config->values[id].number;
}

bool config_flag(const struct config *config, enum option_id id)
{
    assert(option_row(id)->kind == OPTION_BOOLEAN);
    return config->values[id].number != 0;
}

const char *config_list_next(const char **rest, size_t *length_out)
{
    const char *item = *rest;
    if (!item)
        return NULL;
    size_t length = strcspn(item, ",");
    *rest = item[length] ? item + length + 1 : NULL;
    while (length > 0 && isspace((unsigned char)*item)) {
        item++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)item[length - 1]))
        length--;
    *length_out = length;
    return item;
}

bool config_list_has(const struct config *config, enum option_id id, const char *item)
{
    assert(option_row(id)->kind == OPTION_LIST);
    const char *rest = config->values[id].text;
    size_t wanted = strlen(item);
    size_t length;
    const char *found;
    while ((found = config_list_next(&rest, &length))) {
        if (length > 0 && length == wanted && strncasecmp(found, item, length) == 0)
            return true;
    }
    return false;
}

const char *config_list_item(const struct config *config, enum option_id id, int index, size_t *length_out)
{
    const char *rest = config->values[id].text, *item = NULL;
    for (int i = 0; i <= index; i++)
        item = config_list_next(&rest, length_out);
    return item;
}

bool config_list_is_empty(const struct config *config, enum option_id id)
{
    const char *rest = config->values[id].text;
    size_t length;
    while (config_list_next(&rest, &length)) {
        if (length > 0)
            return false;
    }
    return true;
}

static bool name_is_secret(const char *name)
{
    static const char *const marks[] = {"password",           "secret", "token", "key.pem",
                                        "oauthbearer.config", "jaas"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (strstr(name, marks[i]))
            return true;
    }
    return false;
}

/* A URL's query and user part may be a credential (SAS tokens are). */
static void show_value(struct text *out, const char *name, const char *value, bool is_secret)
{
    if (is_secret || name_is_secret(name)) {
        text_add(out, *value ? "***" : "");
        return;
    }
    const char *authority = strstr(value, "://");
    if (!authority) {
        text_add(out, value);
        return;
    }
    authority += 3;
    size_t authority_length = strcspn(authority, "/?#");
    const char *user_end = memrchr(authority, '@', authority_length);
    text_append(out, value, (size_t)(authority - value));
    if (user_end)
        text_add(out, "***@");
    const char *host = user_end ? user_end + 1 : authority;
    size_t visible = strcspn(host, "?");
    text_append(out, host, visible);
    if (host[visible])
        text_add(out, "?***");
}

static void show_line(struct text *out, const char *name, const struct config_value *value, bool with_origin)
{
    text_format(out, "%s = ", name);
    enum option_id id = option_find(name);
    show_value(out, name, value->text, id != OPTION_COUNT && option_row(id)->is_secret);
    if (with_origin)
        text_format(out, "  # %s", value->origin);
    text_add(out, "\n");
}

void config_show(const struct config *config, bool with_origin, struct text *out)
{
    for (enum option_id id = 0; id < OPTION_COUNT; id++)
        show_line(out, option_row(id)->name, &config->values[id], with_origin);
    for (size_t i = 0; i < config->kafka_count; i++) {
        const struct config_kafka *property = &config->kafka[i];
        struct text name = {0};
        text_format(&name, "kafka.%s", property->name);
        struct config_value value = {.text = property->text, .origin = property->origin};
        show_line(out, name.data, &value, with_origin);
        text_deinit(&name);
    }
}

void config_init(struct config *config)
{
    *config = (struct config){0};
    for (enum option_id id = 0; id < OPTION_COUNT; id++) {
        const struct option_row *row = option_row(id);
        struct config_value *value = &config->values[id];
        value->text = memory_string(row->initial);
        value->origin = memory_string("default");
        if (row->kind == OPTION_INTEGER)
            value->number = strtoll(row->initial, NULL, 10);
        if (row->kind == OPTION_BOOLEAN)
            value->number = strcmp(row->initial, "true") == 0;
        if (row->kind == OPTION_CHOICE) {
            /* Choices are counted by the bars before the one that is meant. */
            const char *found = strstr(row->choices, row->initial);
            assert(found);
            for (const char *c = row->choices; c < found; c++)
                value->number += *c == '|';
        }
    }
}

void config_deinit(struct config *config)
{
    for (enum option_id id = 0; id < OPTION_COUNT; id++) {
        free(config->values[id].text);
        free(config->values[id].origin);
    }
    for (size_t i = 0; i < config->kafka_count; i++) {
        free(config->kafka[i].name);
        free(config->kafka[i].text);
        free(config->kafka[i].origin);
    }
    free(config->kafka);
    *config = (struct config){0};
}

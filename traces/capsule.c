/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capsule: the writer, and the end of what was read. The reader: capsule_read.c.
 */
#include "traces/capsule.h"
#include "traces/json_text.h"

#include <stdlib.h>
#include <string.h>

static void put_string(FILE *out, const char *key, const char *value)
{
    fprintf(out, ",\"%s\":", key);
    json_text_write(out, value, strlen(value));
}

bool capsule_write_header(FILE *out, const struct capsule_header *header)
{
    fprintf(out, "{\"type\":\"header\",\"format\":%d,\"model\":%lld", CAPSULE_FORMAT,
            (long long)header->model);
    put_string(out, "commit", header->commit);
    put_string(out, "build_id", header->build_id);
    fputs(",\"libraries\":{", out);
    for (size_t i = 0; i < header->library_count; i++) {
        if (i)
            fputc(',', out);
        json_text_write(out, header->libraries[i].name, strlen(header->libraries[i].name));
        fputc(':', out);
        json_text_write(out, header->libraries[i].version, strlen(header->libraries[i].version));
    }
    fputc('}', out);
    put_string(out, "scenario", header->scenario);
    put_string(out, "config", header->config);
    fprintf(out, ",\"seed\":%lld", (long long)header->seed);
    put_string(out, "strategy", header->strategy);
    put_string(out, "signature", header->signature);
    fprintf(out, ",\"shrunk_from\":%lld}\n", (long long)header->shrunk_from);
    return !ferror(out);
}

bool capsule_write_choice(FILE *out, const struct capsule_choice *choice)
{
    fprintf(out, "{\"actor\":%u", choice->actor);
    put_string(out, "point", choice->point);
    fprintf(out, ",\"n\":%llu,\"pick\":%u}\n", (unsigned long long)choice->occurrence, choice->pick);
    return !ferror(out);
}

bool capsule_write_checkpoint(FILE *out, const struct capsule_checkpoint *checkpoint)
{
    fprintf(out, "{\"checkpoint\":%llu", (unsigned long long)checkpoint->events);
    put_string(out, "hash", checkpoint->hash);
    fputs("}\n", out);
    return !ferror(out);
}

bool capsule_write_verdict(FILE *out, const struct capsule_verdict *verdict)
{
    fprintf(out, "{\"verdict\":\"%s\"", verdict->is_failure ? "fail" : "pass");
    put_string(out, "property", verdict->property);
    put_string(out, "signature", verdict->signature);
    put_string(out, "message", verdict->message);
    fprintf(out, ",\"events\":%llu", (unsigned long long)verdict->events);
    put_string(out, "hash", verdict->hash);
    fputs("}\n", out);
    return !ferror(out);
}

bool capsule_write(FILE *out, const struct capsule *capsule)
{
    bool is_good = capsule_write_header(out, &capsule->header);
    for (size_t i = 0; is_good && i < capsule->choice_count; i++)
        is_good = capsule_write_choice(out, &capsule->choices[i]);
    for (size_t i = 0; is_good && i < capsule->checkpoint_count; i++)
        is_good = capsule_write_checkpoint(out, &capsule->checkpoints[i]);
    for (size_t i = 0; is_good && i < capsule->event_count; i++)
        is_good = fprintf(out, "%s\n", capsule->events[i]) > 0;
    return is_good && capsule_write_verdict(out, &capsule->verdict);
}

void capsule_deinit(struct capsule *capsule)
{
    if (!capsule)
        return;
    struct capsule_header *header = &capsule->header;
    for (size_t i = 0; i < header->library_count; i++) {
        free(header->libraries[i].name);
        free(header->libraries[i].version);
    }
    free(header->libraries);
    free(header->commit);
    free(header->build_id);
    free(header->scenario);
    free(header->config);
    free(header->strategy);
    free(header->signature);
    for (size_t i = 0; i < capsule->choice_count; i++)
        free(capsule->choices[i].point);
    free(capsule->choices);
    for (size_t i = 0; i < capsule->checkpoint_count; i++)
        free(capsule->checkpoints[i].hash);
    free(capsule->checkpoints);
    for (size_t i = 0; i < capsule->event_count; i++)
        free(capsule->events[i]);
    free(capsule->events);
    free(capsule->verdict.property);
    free(capsule->verdict.signature);
    free(capsule->verdict.message);
    free(capsule->verdict.hash);
    *capsule = (struct capsule){0};
}

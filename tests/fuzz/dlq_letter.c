/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlq_letter: whatever stands in a topic of dead letters can be shown, in one line of JSON; and what is said to be replayable makes
 * a task that the download stage takes. The first byte says whether a header names a source.
 */
#include "pipeline/dlq_record.h"
#include "pipeline/field.h"
#include "pipeline/memory.h"
#include "pipeline/task.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_json(const struct dlq_record *record, bool with_bytes)
{
    char reason[FIELD_REASON_BYTES];
    char *line = dlq_record_json(record, "unresolved", with_bytes);
    json_t *json = field_object(line, strlen(line), reason);
    assert(json && !strchr(line, '\n'));
    json_decref(json);
    free(line);
}

static void check_task(const struct dlq_record *record)
{
    struct task task;
    char reason[TASK_REASON_BYTES];
    char *text = dlq_record_task(record);
    assert(task_parse(&task, text, strlen(text), reason) && task.retry_count == 0 && !task.retry_at);
    task_deinit(&task);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0)
        return 0;
    struct dlq_record record = {.id = {"t", 0, 0}, .timestamp_ms = (int64_t)bytes};
    record.value = memory_copy(data + 1, bytes - 1);
    record.value_bytes = bytes - 1;
    if (data[0] & 1) {
        record.headers[0] = (struct dlq_header){
            .name = memory_string("source_topic"), .value = memory_copy(data, bytes), .value_bytes = bytes};
        record.header_count = 1;
    }
    struct dlq_id id;
    (void)dlq_id_parse(record.value, &id);
    dlq_record_parse(&record);
    check_json(&record, false);
    check_json(&record, true);
    if (!*record.why_not)
        check_task(&record);
    dlq_record_deinit(&record);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/version.h"

#include <curl/curl.h>
#include <elf.h>
#include <jansson.h>
#include <librdkafka/rdkafka.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include "sim/cli/commit.h"
#include "sim/cli/command.h"
#include "sim/cli/options.h"

enum { BUILD_ID_BYTES_MAX = 32 };

const char *version_number(void)
{
    return MILLRACE_VERSION;
}

const char *version_commit(void)
{
    return COMMIT;
}

const char *version_backend(void)
{
    return MILLRACE_TASKS;
}

/* The first object is the program itself. */
static int read_build_id(struct dl_phdr_info *info, size_t bytes, void *opaque)
{
    (void)bytes;
    char *out = opaque;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        const char *notes = (const char *)(info->dlpi_addr + header->p_vaddr);
        for (size_t at = 0; header->p_type == PT_NOTE && at + sizeof(ElfW(Nhdr)) <= header->p_memsz;) {
            const ElfW(Nhdr) *note = (const void *)(notes + at);
            const unsigned char *content = (const unsigned char *)(note + 1) + ((note->n_namesz + 3) & ~3u);
            if (note->n_type == NT_GNU_BUILD_ID && note->n_descsz <= BUILD_ID_BYTES_MAX)
                for (size_t byte = 0; byte < note->n_descsz; byte++)
                    snprintf(out + 2 * byte, 3, "%02x", content[byte]);
            at = (size_t)((const char *)content - notes) + ((note->n_descsz + 3) & ~3u);
        }
    }
    return 1;
}

const char *version_build_id(void)
{
    static char text[2 * BUILD_ID_BYTES_MAX + 1];
    if (!*text)
        dl_iterate_phdr(read_build_id, text);
    return text;
}

void version_libraries(struct version_libraries *libraries_out)
{
    static char *const names[VERSION_LIBRARIES] = {"librdkafka", "libcurl", "jansson"};
    const char *versions[VERSION_LIBRARIES] = {
        rd_kafka_version_str(), curl_version_info(CURLVERSION_NOW)->version, jansson_version_str()};
    for (size_t i = 0; i < VERSION_LIBRARIES; i++) {
        snprintf(libraries_out->text[i], VERSION_TEXT_BYTES, "%s", versions[i]);
        libraries_out->at[i] = (struct capsule_library){names[i], libraries_out->text[i]};
    }
}

int version_command(int argc, char **argv)
{
    static const struct options_flag flags[] = {{0}};
    static const struct options_command command = {
        .name = "version", .usage = "", .about = "Prints what this program is made of.\n", .flags = flags};
    struct options_positional positional;
    int code = options_parse(&command, argc, argv, NULL, &positional);
    if (code != OPTIONS_GO)
        return code;
    struct version_libraries libraries;
    version_libraries(&libraries);
    printf("millrace-sim %s\ncommit       %s\nbuild-id     %s\ntasks        %s\nmodel        %d\n",
           version_number(), version_commit(), version_build_id(), version_backend(), VERSION_MODEL);
    for (size_t i = 0; i < VERSION_LIBRARIES; i++)
        printf("%-12s %s\n", libraries.at[i].name, libraries.at[i].version);
    return COMMAND_PASS;
}

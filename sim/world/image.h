/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image: do the shared libraries start every world alike?
 *
 * The libraries under test keep statics (a once flag, a table filled on first use) and what those point to. All simulated
 * processes of a world share them, as swapping them per process is unsound: libc and ld.so keep pointers into them. So
 * they are warmed up once, copied, put back before every world, and compared after every world; a word that differs and is
 * not on the allow-list is a finding. libc and ld.so themselves are not part: their state belongs to the host.
 */
#ifndef SIM_WORLD_IMAGE_H
#define SIM_WORLD_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMAGE_ALLOWED_MAX = 8, IMAGE_SYMBOLS_MAX = 2 };

/* A word that may differ after a world, since the next one gets it restored and nothing else reads it. A distribution's
 * libraries are stripped: there a word is named by the library's build id and the word's offset from the load address.
 * In any other build that kept its symbols, it is found by the variables that lie in it. */
struct image_allowed {
    const char *library;  /* the beginning of the file name */
    const char *build_id; /* the beginning, in hex */
    uint64_t offset;      /* of the 8-byte word */
    const char *name;     /* in the library's source */
    const char *reason;
    const char *symbols[IMAGE_SYMBOLS_MAX]; /* NULL: none that a build with symbols would have */
};

/* Finds the writable segments of every library that librdkafka, libcurl and jansson need. Outside a world. */
void image_open(void);
/* Copies them, and the warm-up arena. */
void image_take(void);
/* Puts the copy back. */
void image_restore(void);
/* Compares; describes at most a few differences in text. Returns the number of words that differ and are not allowed. */
size_t image_compare(char *text, size_t bytes);
/* Adds an object (a loaded library, by the beginning of its file name) to the image; before image_open. */
void image_add_root(const char *name);
size_t image_bytes(void);
size_t image_libraries(void);
/* The allow-list, IMAGE_ALLOWED_MAX at most. */
const struct image_allowed *image_allowed(size_t *count_out);

#endif

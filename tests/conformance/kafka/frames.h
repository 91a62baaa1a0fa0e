/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames: raw request frames, sent to a cluster in a fixed order, and the table they come from.
 *
 * Each says in a sentence what it is about. What comes back is printed by frame_print; `closed` if the broker closes
 * the connection, `no answer` if it says nothing. Targets are compared by these texts.
 */
#ifndef TESTS_CONFORMANCE_KAFKA_FRAMES_H
#define TESTS_CONFORMANCE_KAFKA_FRAMES_H

struct frame {
    const char *sentence;
    char connection;  /* 0: one of its own; 'a'..'h': kept, until the broker closes it */
    const char *text; /* see frame_text.h */
    const char *keep; /* "path=variable": of the response; NULL: nothing */
};

#define FRAME(SENTENCE, TEXT)                                                                                \
    {                                                                                                        \
        SENTENCE, 0, TEXT, 0                                                                                 \
    }
#define FRAME_ON(AT, SENTENCE, TEXT)                                                                         \
    {                                                                                                        \
        SENTENCE, AT, TEXT, 0                                                                                \
    }
#define FRAME_KEEP(SENTENCE, TEXT, KEEP)                                                                     \
    {                                                                                                        \
        SENTENCE, 0, TEXT, KEEP                                                                              \
    }
#define FRAME_END                                                                                            \
    {                                                                                                        \
        0, 0, 0, 0                                                                                           \
    }

/* Each ends with FRAME_END. Before the first: topics ~one (1 partition), ~two (2), ~compact, of which $one, $two and
 * $compact are the ids, ~refuse and ~keyed (compacted), into which nothing should get, and ~committed, ~aborted and ~open,
 * which only transactions write. */
extern const struct frame frames_session[], frames_log[], frames_group[], frames_admin[],
    frames_transaction[], frames_isolation[];

int frames_main(int argc, char **argv);

#endif

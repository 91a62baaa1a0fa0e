/* SPDX-License-Identifier: Apache-2.0 */
/* Streams against a model: whatever is written, read and sought, in pieces of any size, is what an array would hold. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/world.h"

enum { FILE_BYTES = 60000, STEPS = 400, PIECE_BYTES_MAX = 9000 };

static struct {
    uint64_t state;
    char model[FILE_BYTES];
    long position, bytes;
    const char *wrong; /* the first thing that was not as it should be */
} play;

static unsigned draw(unsigned options)
{
    play.state = play.state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(play.state >> 33) % options;
}

static void expect(bool truth, const char *what)
{
    if (!truth && !play.wrong)
        play.wrong = what;
}

/* Mostly small pieces, as programs use, now and then one larger than the buffer. */
static size_t draw_bytes(void)
{
    return 1 + draw(draw(4) ? 40 : PIECE_BYTES_MAX);
}

static void write_piece(FILE *file)
{
    char piece[PIECE_BYTES_MAX + 1];
    size_t bytes = draw_bytes();
    if (play.position + (long)bytes > FILE_BYTES)
        return;
    for (size_t i = 0; i < bytes; i++)
        piece[i] = draw(20) ? (char)('a' + draw(26)) : '\n';
    piece[bytes] = '\0';
    switch (draw(3)) {
    case 0:
        expect(fwrite(piece, 1, bytes, file) == bytes, "fwrite");
        break;
    case 1:
        expect(fprintf(file, "%s", piece) == (int)bytes, "fprintf");
        break;
    case 2:
        for (size_t i = 0; i < bytes; i++)
            expect(fputc(piece[i], file) == piece[i], "fputc");
        break;
    }
    memcpy(play.model + play.position, piece, bytes);
    play.position += (long)bytes;
    play.bytes = play.position > play.bytes ? play.position : play.bytes;
}

static void read_line(FILE *file)
{
    char line[200];
    const char *start = play.model + play.position;
    size_t left = (size_t)(play.bytes - play.position),
           length = left < sizeof(line) - 1 ? left : sizeof(line) - 1;
    const char *newline = memchr(start, '\n', length);
    if (newline)
        length = (size_t)(newline - start) + 1;
    bool is_read = fgets(line, sizeof(line), file) != NULL;
    expect(is_read == (length > 0), "fgets at the end");
    expect(!is_read || (strlen(line) == length && !memcmp(line, start, length)), "fgets");
    play.position += (long)length;
}

static void read_piece(FILE *file)
{
    char piece[PIECE_BYTES_MAX];
    size_t bytes = draw_bytes(), left = (size_t)(play.bytes - play.position);
    size_t expected = bytes < left ? bytes : left;
    switch (draw(4)) {
    case 0:
    case 1:
        expect(fread(piece, 1, bytes, file) == expected, "fread's count");
        expect(!memcmp(piece, play.model + play.position, expected), "fread");
        expect(!feof(file) == (expected == bytes), "feof");
        play.position += (long)expected;
        break;
    case 2:
        read_line(file);
        break;
    case 3: {
        int letter = fgetc(file);
        expect(letter == (left ? play.model[play.position] : EOF), "fgetc");
        if (letter != EOF && draw(2))
            expect(ungetc(letter, file) == letter, "ungetc");
        else
            play.position += letter != EOF;
        break;
    }
    }
}

static void move(FILE *file)
{
    long target = play.bytes ? (long)draw((unsigned)play.bytes + 1) : 0;
    switch (draw(3)) {
    case 0:
        expect(fseek(file, target, SEEK_SET) == 0, "fseek");
        break;
    case 1:
        expect(fseek(file, target - play.position, SEEK_CUR) == 0, "fseek from here");
        break;
    case 2:
        expect(fseek(file, target - play.bytes, SEEK_END) == 0, "fseek from the end");
        break;
    }
    play.position = target;
}

static int play_with_a_stream(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    static const int modes[] = {_IOFBF, _IOLBF, _IONBF};
    static char buffer[64];
    FILE *file = fopen("file", "w+");
    bool has_own = draw(4) == 0;
    setvbuf(file, has_own ? buffer : NULL, modes[draw(3)], has_own ? sizeof(buffer) : 0);
    for (int step = 0; step < STEPS && !play.wrong; step++) {
        move(file); /* as C asks between reading and writing */
        bool writes = draw(2);
        for (unsigned i = draw(4); i > 0; i--)
            writes ? write_piece(file) : read_piece(file);
        expect(ftell(file) == play.position, "ftell");
    }
    fclose(file);
    char *content = malloc(FILE_BYTES);
    file = fopen("file", "r");
    expect(fread(content, 1, FILE_BYTES, file) == (size_t)play.bytes, "the size in the end");
    expect(!memcmp(content, play.model, (size_t)play.bytes), "the content in the end");
    fclose(file);
    free(content);
    return 0;
}

Test(stdio_world, a_stream_is_an_array_with_a_position)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        memset(&play, 0, sizeof(play));
        play.state = seed;
        struct world_outcome outcome = world_of(play_with_a_stream, seed, NULL);
        cr_assert(outcome.report.finding_count == 0, "%s", outcome.finding.text);
        cr_assert(outcome.report.engine_live_bytes == 0 && outcome.end.live_bytes == 0);
        cr_assert(outcome.end.open_descriptors == 0);
        cr_assert(play.wrong == NULL && play.bytes > 1000, "seed %lu: %s", seed, play.wrong);
    }
}

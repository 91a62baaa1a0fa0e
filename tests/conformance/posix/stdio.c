/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness: streams of the C library, which reach the system by calls of their own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/conformance/posix/families.h"
#include "tests/conformance/posix/say.h"
#include "tests/conformance/posix/scratch.h"

static void try_open(const char *name, const char *mode)
{
    FILE *file = fopen(name, mode);
    say("fopen %s \"%s\": %s", name, mode, file ? "ok" : strerrorname_np(errno));
    if (file)
        fclose(file);
}

static void modes_decide_what_becomes_of_the_file(void)
{
    try_open("missing", "r");
    try_open("missing", "r+");
    try_open(".", "w");
    try_open("missing/file", "w");
    try_open("file", "z");
    scratch_make("file", "content");
    try_open("file", "r+");
    scratch_say("file");
    try_open("file", "a");
    scratch_say("file");
    try_open("file", "wx");
    try_open("file", "w");
    scratch_say("file");
    unlink("file");
    try_open("file", "a+e");
    scratch_say("file");
    unlink("file");
}

static void what_is_written_shows_after_a_flush(void)
{
    FILE *file = fopen("file", "w");
    say_call("fprintf", fprintf(file, "%s %d", "line", 1));
    scratch_say("file");
    say_call("fflush", fflush(file));
    scratch_say("file");
    say_call("fputs", fputs(" more", file) < 0 ? -1 : 0);
    scratch_say("file");
    say_call("fclose", fclose(file));
    scratch_say("file");
    unlink("file");
}

static void buffering_can_be_chosen(void)
{
    char buffer[64];
    FILE *file = fopen("file", "w");
    say_call("none", setvbuf(file, NULL, _IONBF, 0));
    fputs("at once", file);
    scratch_say("file");
    fclose(file);
    file = fopen("file", "w");
    say_call("by line", setvbuf(file, buffer, _IOLBF, sizeof(buffer)));
    fputs("a whole line\n", file);
    say("size %ld", scratch_bytes("file"));
    fputs("half", file);
    fclose(file);
    say("size %ld", scratch_bytes("file"));
    unlink("file");
}

static void lines_are_read_one_by_one(void)
{
    scratch_make("file", "first\nsecond is long\n\nlast");
    FILE *file = fopen("file", "r");
    char line[10];
    while (fgets(line, sizeof(line), file)) {
        size_t length = strlen(line);
        bool whole = length && line[length - 1] == '\n';
        say("\"%.*s\"%s", (int)(whole ? length - 1 : length), line, whole ? " and a newline" : "");
    }
    say("feof %d, ferror %d", feof(file) != 0, ferror(file) != 0);
    clearerr(file);
    say("feof %d", feof(file) != 0);
    fclose(file);
    unlink("file");
}

static void getline_takes_lines_of_any_length(void)
{
    scratch_make("file", "one\na line that is longer than the first\nlast");
    FILE *file = fopen("file", "r");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, file)) >= 0) {
        say_bytes("getline", line, length - (line[length - 1] == '\n'));
        say_whether("there is room for it", capacity > (size_t)length);
    }
    say_whether("at the end", feof(file));
    free(line);
    fclose(file);
    unlink("file");
}

static void items_are_read_and_written(void)
{
    static const int numbers[5] = {1, 2, 3, 4, 5};
    FILE *file = fopen("file", "w+b");
    say("fwrite: %zu", fwrite(numbers, sizeof(int), 5, file));
    say_call("fwrite of a part more", (long)fwrite("ab", 1, 2, file));
    rewind(file);
    int found[8] = {0};
    say("fread: %zu", fread(found, sizeof(int), 8, file));
    say("%d %d %d", found[0], found[4], feof(file) != 0);
    say_call("ftell", ftell(file));
    fclose(file);
    unlink("file");
}

static void the_position_can_be_moved(void)
{
    scratch_make("file", "0123456789");
    FILE *file = fopen("file", "r+");
    say_call("fseek", fseek(file, 4, SEEK_SET));
    say("%c", fgetc(file));
    say_call("ftell", ftell(file));
    say_call("fseek", fseek(file, -2, SEEK_END));
    say("%c", fgetc(file));
    say_call("fseek", fseek(file, -3, SEEK_CUR));
    say("%c", fgetc(file));
    say_call("fseek before the start", fseek(file, -1, SEEK_SET));
    say_call("fseek unknown", fseek(file, 0, 99));
    say_call("ungetc", ungetc('x', file));
    say("%c", fgetc(file));
    say("%c", fgetc(file));
    fseek(file, 0, SEEK_SET);
    fputs("AB", file);
    say_call("ftello", ftello(file));
    fseeko(file, 0, SEEK_END);
    fputs("CD", file);
    fclose(file);
    scratch_say("file");
    unlink("file");
}

static void appending_goes_to_the_end(void)
{
    scratch_make("file", "begin ");
    FILE *one = fopen("file", "a"), *two = fopen("file", "a");
    fputs("one ", one);
    fputs("two ", two);
    fflush(two);
    fflush(one);
    fseek(one, 0, SEEK_SET);
    fputs("end", one);
    fclose(one);
    fclose(two);
    scratch_say("file");
    FILE *both = fopen("file", "a+");
    char text[6] = "";
    fseek(both, 0, SEEK_SET);
    say_bytes("a+ reads from the start", text, (long)fread(text, 1, 5, both));
    fseek(both, 0, SEEK_CUR);
    fputs("!", both);
    fclose(both);
    scratch_say("file");
    unlink("file");
}

static void streams_have_their_direction(void)
{
    scratch_make("file", "text");
    FILE *file = fopen("file", "r");
    errno = 0;
    say_whether("writing a reader fails", fputc('x', file) == EOF);
    say_error("errno", errno);
    say_whether("ferror", ferror(file));
    clearerr(file);
    say("%c", fgetc(file));
    fclose(file);
    file = fopen("file", "w");
    say_whether("reading a writer fails", fgetc(file) == EOF);
    say("ferror %d, feof %d", ferror(file) != 0, feof(file) != 0);
    fclose(file);
    unlink("file");
}

static void streams_and_descriptors_are_one(void)
{
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    FILE *file = fdopen(fd, "w+");
    say_whether("fileno", fileno(file) == fd);
    fputs("by the stream, ", file);
    fflush(file);
    say_call("write", write(fd, "by number", 9));
    say_call("fclose", fclose(file));
    say_call("the number is closed", fcntl(fd, F_GETFD));
    scratch_say("file");
    fd = open("file", O_RDONLY);
    say_whether("fdopen of a reader for writing", fdopen(fd, "w") != NULL);
    say_error("errno", errno);
    close(fd);
    say_whether("fdopen of a closed one", fdopen(fd, "r") != NULL);
    say_error("errno", errno);
    unlink("file");
}

static void a_stream_over_a_pipe_buffers(void)
{
    int ends[2];
    if (pipe2(ends, O_NONBLOCK) < 0)
        return;
    FILE *file = fdopen(ends[1], "w");
    char text[32];
    fputs("through", file);
    say_call("read before the flush", read(ends[0], text, sizeof(text)));
    fflush(file);
    say_bytes("read after it", text, read(ends[0], text, sizeof(text)));
    fputs("last", file);
    fclose(file);
    say_bytes("read after fclose", text, read(ends[0], text, sizeof(text)));
    say_call("and then", read(ends[0], text, sizeof(text)));
    close(ends[0]);
}

static void text_is_scanned(void)
{
    scratch_make("file", "42 forty-two 4.5\n-7 seven x\n");
    FILE *file = fopen("file", "r");
    int number = 0;
    char word[16] = "";
    double value = 0;
    say("fscanf: %d", fscanf(file, "%d %15s %lf", &number, word, &value));
    say("%d %s %.2f", number, word, value);
    say("fscanf: %d", fscanf(file, "%d %15s %lf", &number, word, &value));
    say("%d %s %.2f", number, word, value);
    fclose(file);
    unlink("file");
}

static void a_megabyte_is_flushed_in_order(void)
{
    FILE *file = fopen("file", "w");
    for (int i = 0; i < 100000; i++)
        fprintf(file, "%09d\n", i);
    fclose(file);
    say("size %ld", scratch_bytes("file"));
    file = fopen("file", "r");
    int number, expected = 0;
    while (fscanf(file, "%d", &number) == 1 && number == expected)
        expected++;
    say("in order %d", expected);
    fclose(file);
    unlink("file");
}

const struct likeness_case likeness_stdio[] = {
    LIKENESS_CASE(stdio, modes_decide_what_becomes_of_the_file),
    LIKENESS_CASE(stdio, what_is_written_shows_after_a_flush),
    LIKENESS_CASE(stdio, buffering_can_be_chosen),
    LIKENESS_CASE(stdio, lines_are_read_one_by_one),
    LIKENESS_CASE(stdio, getline_takes_lines_of_any_length),
    LIKENESS_CASE(stdio, items_are_read_and_written),
    LIKENESS_CASE(stdio, the_position_can_be_moved),
    LIKENESS_CASE(stdio, appending_goes_to_the_end),
    LIKENESS_CASE(stdio, streams_have_their_direction),
    LIKENESS_CASE(stdio, streams_and_descriptors_are_one),
    LIKENESS_CASE(stdio, a_stream_over_a_pipe_buffers),
    LIKENESS_CASE(stdio, text_is_scanned),
    LIKENESS_CASE(stdio, a_megabyte_is_flushed_in_order),
    LIKENESS_END,
};

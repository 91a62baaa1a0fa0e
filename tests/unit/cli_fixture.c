/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cli_fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct cli kept[2];
static int turn;

static char directory[] = "/tmp/cli-test-XXXXXX";

const char *cli_directory(void)
{
    return directory;
}

void cli_enter(void)
{
    cr_assert(mkdtemp(directory) && chdir(directory) == 0);
    static const char *const variables[] = {"CI", "NO_COLOR", "MILLRACE_JOBS", "MILLRACE_SEEDS"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        unsetenv(variables[i]);
}

static int drop(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

void cli_leave(void)
{
    nftw(directory, drop, 8, FTW_DEPTH | FTW_PHYS);
}

void cli_scenario(const char *name, const char *words)
{
    FILE *out = fopen(name, "w");
    cr_assert_not_null(out);
    fprintf(out, "fake: %s\n", words);
    fclose(out);
}

const char *cli_read(const char *path)
{
    static char text[2][CLI_TEXT_BYTES];
    char *into = text[++turn % 2];
    FILE *in = fopen(path, "r");
    into[in ? fread(into, 1, CLI_TEXT_BYTES - 1, in) : 0] = '\0';
    if (in)
        fclose(in);
    return into;
}

static _Noreturn void become(char *arguments)
{
    char *argv[CLI_ARGUMENTS_MAX + 2] = {"millrace-sim"};
    int count = 1;
    for (char *rest, *word = strtok_r(arguments, " ", &rest); word && count <= CLI_ARGUMENTS_MAX;
         word = strtok_r(NULL, " ", &rest))
        argv[count++] = word;
    dup2(open("out.txt", O_WRONLY | O_CREAT | O_TRUNC, 0666), STDOUT_FILENO);
    dup2(open("err.txt", O_WRONLY | O_CREAT | O_TRUNC, 0666), STDERR_FILENO);
    execv(CLI_FAKE, argv);
    _exit(126);
}

const struct cli *cli_run(const char *arguments)
{
    struct cli *cli = &kept[++turn % 2];
    char copy[1024];
    int status;
    snprintf(copy, sizeof copy, "%s", arguments);
    pid_t pid = fork();
    if (pid == 0)
        become(copy);
    cr_assert(pid > 0 && waitpid(pid, &status, 0) == pid);
    cli->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    int before = turn;
    strcpy(cli->out, cli_read("out.txt"));
    strcpy(cli->err, cli_read("err.txt"));
    turn = before;
    return cli;
}

size_t cli_count(const char *text, char c)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == c;
    return count;
}

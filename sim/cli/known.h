/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known: bugs of the libraries under test that are known, and that a world met for real.
 *
 * A process that dies of one is started again, as its supervisor would in production, and the summary counts it. Only an
 * assertion of the library itself can be listed here, with its source and the version that mended it.
 */
#ifndef SIM_CLI_KNOWN_H
#define SIM_CLI_KNOWN_H

/* The name of the known bug that this crash's text shows ("librdkafka-4312"); NULL: none. Borrowed for ever. */
const char *known_bug(const char *crash);
/* One line about a bug by its name; NULL: no such name. */
const char *known_bug_documentation(const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* point: libfiu's fiu_fail for a program in the world: a call point at which kills can strike. Outside, nothing. */
#ifndef FAULTS_POINT_H
#define FAULTS_POINT_H

/* name: of the point, such as "pipeline/download/after_link". Always 0: the program itself is to fail nowhere. */
int fiu_fail(const char *name);

#endif

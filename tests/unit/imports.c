/* SPDX-License-Identifier: Apache-2.0 */
/* What imports.sh looks at: the world, linked as in millrace-sim, with the libraries under test. */
int main(void)
{
    return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * peer_sha OCTETS: hash ten times that many octets with SHA-256, from a
 * buffer that stays in the cache: what `openssl speed sha256` does, but as a
 * command that can be measured in turns with another.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	static unsigned char block[16384], md[SHA256_DIGEST_LENGTH];
	unsigned long left = argc > 1 ? strtoul(argv[1], NULL, 10) * 10 : 0;
	SHA256_CTX ctx;

	(void)SHA256_Init(&ctx);
	while (left > 0) {
		size_t n = left < sizeof(block) ? left : sizeof(block);

		(void)SHA256_Update(&ctx, block, n);
		left -= n;
	}
	(void)SHA256_Final(md, &ctx);
	return printf("%02x\n", md[0]) > 0 ? 0 : 1;
}

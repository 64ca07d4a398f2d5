/* SPDX-License-Identifier: ISC */
/*
 * The low-level functions of libcrypto are deprecated in favour of EVP, whose
 * first call builds a provider (0.5 to 1 ms of a process of 3); the digest is
 * the same.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#include "sha256.h"

void
sha256(struct span s, unsigned char out[SHA256_BYTES])
{
	SHA256_CTX ctx;

	(void)SHA256_Init(&ctx);
	(void)SHA256_Update(&ctx, s.p, s.len);
	(void)SHA256_Final(out, &ctx);
}

void
sha256_hex(struct span s, char out[SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md[SHA256_BYTES];

	sha256(s, md);
	for (size_t i = 0; i < sizeof(md); i++) {
		out[2 * i] = digits[md[i] >> 4];
		out[2 * i + 1] = digits[md[i] & 15];
	}
	out[SHA256_HEX - 1] = '\0';
}

void
sha256_hmac(struct span key, struct span data, unsigned char out[SHA256_BYTES])
{
	unsigned char block[SHA256_CBLOCK] = { 0 };
	SHA256_CTX ctx;

	if (key.len > sizeof(block))
		sha256(key, block);
	else if (key.len > 0)
		memcpy(block, key.p, key.len);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36;
	(void)SHA256_Init(&ctx);
	(void)SHA256_Update(&ctx, block, sizeof(block));
	(void)SHA256_Update(&ctx, data.p, data.len);
	(void)SHA256_Final(out, &ctx);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36 ^ 0x5c;
	(void)SHA256_Init(&ctx);
	(void)SHA256_Update(&ctx, block, sizeof(block));
	(void)SHA256_Update(&ctx, out, SHA256_BYTES);
	(void)SHA256_Final(out, &ctx);
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(&ctx, sizeof(ctx));
}

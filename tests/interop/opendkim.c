/* SPDX-License-Identifier: ISC */
/*
 * opendkim sign CANON DOMAIN SELECTOR KEYFILE | opendkim verify KEYS: the
 * message is on standard input, in CRLF.  KEYS is a file of lines
 * "SELECTOR._domainkey.DOMAIN TEXT".  A key file ed.pem is Ed25519.
 * Prints the signed message, or the result.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <opendkim/dkim.h>

static unsigned char message[8 << 20], keypem[65536], header[65536];
static size_t length;
static char crlf[] = "\r\n";

static size_t
load(int fd, unsigned char *p, size_t cap)
{
	size_t got = 0;
	ssize_t n;

	while (got < cap && (n = read(fd, p + got, cap - got)) > 0)
		got += (size_t)n;
	return got;
}

/* libopendkim takes whole lines alone, as a milter gives them; the canonical
 * form ends in CRLF anyway. */
static DKIM_STAT
feed(DKIM *d)
{
	DKIM_STAT st = dkim_chunk(d, message, length);

	if (st == DKIM_STAT_OK && length > 0 && message[length - 1] != '\n')
		st = dkim_chunk(d, (unsigned char *)crlf, 2);
	if (st == DKIM_STAT_OK)
		st = dkim_chunk(d, NULL, 0);
	return st == DKIM_STAT_OK ? dkim_eom(d, NULL) : st;
}

static int
sign(DKIM_LIB *lib, char **argv)
{
	const char *slash = strchr(argv[2], '/');
	FILE *f = fopen(argv[5], "r");
	DKIM_STAT st;
	DKIM *d;

	if (f == NULL || slash == NULL)
		return 2;
	keypem[load(fileno(f), keypem, sizeof(keypem) - 1)] = '\0';
	(void)fclose(f);
	d = dkim_sign(lib, (const unsigned char *)"test", NULL, keypem,
	    (unsigned char *)argv[4], (unsigned char *)argv[3],
	    argv[2][0] == 'r' ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
	    slash[1] == 'r' ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
	    strstr(argv[5], "ed.pem") != NULL ? DKIM_SIGN_ED25519SHA256 :
	    DKIM_SIGN_RSASHA256, -1, &st);
	if (d == NULL || (st = feed(d)) != DKIM_STAT_OK ||
	    (st = dkim_getsighdr(d, header, sizeof(header),
	    strlen("DKIM-Signature: "))) != DKIM_STAT_OK) {
		(void)fprintf(stderr, "opendkim: %s\n",
		    dkim_getresultstr(st));
		return 2;
	}
	/* libopendkim folds with LF, for milters. */
	(void)fputs("DKIM-Signature: ", stdout);
	for (unsigned char *p = header; *p != '\0'; p++) {
		if (*p == '\n' && (p == header || p[-1] != '\r'))
			(void)putchar('\r');
		(void)putchar(*p);
	}
	(void)fputs("\r\n", stdout);
	(void)fwrite(message, 1, length, stdout);
	return fflush(stdout) == 0 ? 0 : 2;
}

static int
verify(DKIM_LIB *lib, const char *keys)
{
	unsigned method = DKIM_QUERY_FILE;
	char path[4096];
	DKIM_STAT st;
	DKIM *d;

	(void)snprintf(path, sizeof(path), "%s", keys);
	(void)dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_QUERYMETHOD,
	    &method, sizeof(method));
	(void)dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_QUERYINFO, path,
	    strlen(path));
	d = dkim_verify(lib, (const unsigned char *)"test", NULL, &st);
	if (d != NULL)
		st = feed(d);
	(void)puts(dkim_getresultstr(st));
	return st == DKIM_STAT_OK ? 0 : 1;
}

int
main(int argc, char **argv)
{
	DKIM_LIB *lib = dkim_init(NULL, NULL);

	length = load(STDIN_FILENO, message, sizeof(message) - 2);
	if (lib != NULL && argc == 6 && strcmp(argv[1], "sign") == 0)
		return sign(lib, argv);
	if (lib != NULL && argc == 3 && strcmp(argv[1], "verify") == 0)
		return verify(lib, argv[2]);
	return 2;
}

/* SPDX-License-Identifier: ISC */
/*
 * peer_expat FILE...: parse each file with expat and handlers that do next to
 * nothing: what any reader of XML pays.
 */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

static void XMLCALL
start(void *n, const XML_Char *name, const XML_Char **atts)
{
	(void)name;
	(void)atts;
	++*(unsigned long *)n;
}

static void XMLCALL
text(void *n, const XML_Char *p, int len)
{
	(void)p;
	*(unsigned long *)n += (unsigned long)len;
}

int
main(int argc, char **argv)
{
	static char piece[65536];
	unsigned long n = 0;

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		XML_Parser p = XML_ParserCreate(NULL);
		size_t len;

		if (f == NULL || p == NULL)
			return 1;
		XML_SetUserData(p, &n);
		XML_SetElementHandler(p, start, NULL);
		XML_SetCharacterDataHandler(p, text);
		do {
			len = fread(piece, 1, sizeof(piece), f);
			if (XML_Parse(p, piece, (int)len, len == 0) !=
			    XML_STATUS_OK)
				return 1;
		} while (len > 0);
		XML_ParserFree(p);
		(void)fclose(f);
	}
	return printf("%lu\n", n) > 0 ? 0 : 1;
}

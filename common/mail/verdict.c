/* SPDX-License-Identifier: ISC */
#include "mail/verdict.h"

static const struct {
	const char *word;
	int exit;
} verdicts[] = {
	[VERDICT_TEMPERROR] = { "temperror", 75 },
	[VERDICT_PASS] = { "pass", 0 },
	[VERDICT_FAIL] = { "fail", 1 },
	[VERDICT_SOFTFAIL] = { "softfail", 2 },
	[VERDICT_NEUTRAL] = { "neutral", 3 },
	[VERDICT_PERMERROR] = { "permerror", 4 },
	[VERDICT_POLICY] = { "policy", 5 },
	[VERDICT_NONE] = { "none", 6 },
};

#define VERDICTS (sizeof(verdicts) / sizeof(verdicts[0]))

const char *
verdict_word(enum verdict v)
{
	return (size_t)v < VERDICTS ? verdicts[v].word : "temperror";
}

bool
verdict_parse(struct span word, enum verdict *out)
{
	for (size_t i = 0; i < VERDICTS; i++) {
		if (span_eq(word, span_of(verdicts[i].word))) {
			*out = (enum verdict)i;
			return true;
		}
	}
	return false;
}

int
verdict_exit(enum verdict v)
{
	return (size_t)v < VERDICTS ? verdicts[v].exit : 70;
}

int
verdict_worse_exit(int a, int b)
{
	static const int order[] =
	    { 64, 70, 78, 77, 73, 74, 66, 65, 75, 1, 4, 5, 2, 3, 6, 0 };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return 70;
}

const char *
reason_word(enum reason r)
{
	static const char *const words[] = {
#define REASON_WORD(name, word, text) [REASON_##name] = (word),
		REASONS(REASON_WORD)
#undef REASON_WORD
	};

	return (size_t)r < REASON_COUNT ? words[r] : "";
}

const char *
reason_text(enum reason r)
{
	static const char *const texts[] = {
#define REASON_TEXT(name, word, text) [REASON_##name] = (text),
		REASONS(REASON_TEXT)
#undef REASON_TEXT
	};

	return (size_t)r < REASON_COUNT ? texts[r] : "";
}

/* SPDX-License-Identifier: ISC */
/* Any bytes as a tag-list: what the strict reader takes, the walk takes too. */
#include <stdint.h>
#include <stdlib.h>

#include "mail/taglist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = { (const char *)data, size }, rest = s, element;
	static struct taglist list;
	enum taglist_step step;
	size_t count = 0, bad = 0;
	const char *what;
	struct tag tag;

	while ((step = taglist_next(&rest, &tag)) != TAGLIST_END) {
		count += step == TAGLIST_TAG;
		bad += step != TAGLIST_TAG;
	}
	if (taglist_parse(s, &list, &what) && (bad > 0 || list.count != count))
		abort();
	for (size_t i = 0; i < list.count; i++) {
		if (taglist_find(&list, "p") == &list.tags[i] &&
		    list.tags[i].name.len != 1)
			abort();
		rest = list.tags[i].value;
		while (taglist_element(&rest, ':', &element))
			if (element.len > list.tags[i].value.len)
				abort();
	}
	return 0;
}

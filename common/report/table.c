/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "report/table.h"
#include "report/text.h"

const struct table_cell *
table_at(const struct table *t, size_t row, size_t column)
{
	return &t->cells[row * t->ncolumns + column];
}

size_t
table_column(const struct table *t, const char *key)
{
	size_t i = 0;

	while (i < t->ncolumns && strcmp(t->columns[i].key, key) != 0)
		i++;
	return i;
}

void
table_rate(struct buf *b, int64_t rate)
{
	if (rate < 0)
		buf_addc(b, '-');
	else
		buf_addf(b, "%lld.%02lld %%", (long long)(rate / 100),
		    (long long)(rate % 100));
}

/* Rows that are swapped as wholes: few enough for a heap sort by hand to be
 * no loss against qsort(), which has no room for the column. */
static bool
less(const struct table *t, size_t a, size_t b, size_t column)
{
	const struct table_cell *x = table_at(t, a, column);
	const struct table_cell *y = table_at(t, b, column);
	size_t n = x->text.len < y->text.len ? x->text.len : y->text.len;
	int order;

	if (t->columns[column].kind != TABLE_TEXT)
		return x->n < y->n;
	order = n == 0 ? 0 : memcmp(x->text.p, y->text.p, n);
	/* Texts go from a to z. */
	return order > 0 || (order == 0 && x->text.len > y->text.len);
}

static void
swap(struct table *t, size_t a, size_t b)
{
	for (size_t c = 0; c < t->ncolumns; c++) {
		struct table_cell x = t->cells[a * t->ncolumns + c];

		t->cells[a * t->ncolumns + c] = t->cells[b * t->ncolumns + c];
		t->cells[b * t->ncolumns + c] = x;
	}
}

/* The smallest of the first n at the root. */
static void
sift(struct table *t, size_t root, size_t n, size_t column)
{
	for (;;) {
		size_t child = 2 * root + 1;

		if (child >= n)
			return;
		if (child + 1 < n && less(t, child + 1, child, column))
			child++;
		if (!less(t, child, root, column))
			return;
		swap(t, root, child);
		root = child;
	}
}

bool
table_sort(struct table *t, const char *key)
{
	size_t column = table_column(t, key);

	if (column == t->ncolumns)
		return false;
	for (size_t i = t->nrows / 2; i-- > 0;)
		sift(t, i, t->nrows, column);
	for (size_t n = t->nrows; n > 1; n--) {
		swap(t, 0, n - 1);
		sift(t, 0, n - 1, column);
	}
	return true;
}

/* A cell for people, bytes of strangers not yet escaped. */
static void
cell(const struct table *t, size_t row, size_t column, struct buf *b)
{
	const struct table_cell *c = table_at(t, row, column);

	switch (t->columns[column].kind) {
	case TABLE_TEXT:
		buf_addspan(b, c->text.p == NULL ? SPAN("-") : c->text);
		break;
	case TABLE_COUNT:
		buf_addf(b, "%lld", (long long)c->n);
		break;
	case TABLE_RATE:
		table_rate(b, c->n);
		break;
	case TABLE_DAY:
		text_day(b, c->n);
		break;
	case TABLE_TIME:
		text_time(b, c->n);
		break;
	}
}

static bool
is_right(const struct table *t, size_t column)
{
	return t->columns[column].kind == TABLE_COUNT ||
	    t->columns[column].kind == TABLE_RATE;
}

static void
pad(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_addc(b, ' ');
}

/* A cell as printable ASCII, cut where a column would not end. */
static void
cell_ascii(const struct table *t, size_t row, size_t column, struct buf *raw,
    struct buf *b)
{
	size_t from = b->len;

	buf_reset(raw);
	cell(t, row, column, raw);
	buf_addprint(b, buf_span(raw));
	b->nomem = b->nomem || raw->nomem;
	if (b->len - from > 60 && column + 1 < t->ncolumns) {
		b->len = from + 57;
		buf_adds(b, "...");
	}
}

static void
put(struct buf *b, struct span s, size_t width, bool right, bool last)
{
	if (right)
		pad(b, width > s.len ? width - s.len : 0);
	buf_addspan(b, s);
	if (!right && !last)
		pad(b, width > s.len ? width - s.len : 0);
	buf_adds(b, last ? "\n" : "  ");
}

void
table_text(const struct table *t, struct buf *b)
{
	size_t width[TABLE_COLUMNS];
	struct buf raw, one;

	buf_init(&raw, (size_t)64 << 10);
	buf_init(&one, (size_t)256 << 10);
	for (size_t c = 0; c < t->ncolumns; c++) {
		width[c] = strlen(t->columns[c].title);
		for (size_t r = 0; r < t->nrows; r++) {
			buf_reset(&one);
			cell_ascii(t, r, c, &raw, &one);
			if (one.len > width[c])
				width[c] = one.len;
		}
	}
	for (size_t c = 0; c < t->ncolumns; c++)
		put(b, span_of(t->columns[c].title), width[c],
		    is_right(t, c), c + 1 == t->ncolumns);
	for (size_t r = 0; r < t->nrows; r++) {
		for (size_t c = 0; c < t->ncolumns; c++) {
			buf_reset(&one);
			cell_ascii(t, r, c, &raw, &one);
			b->nomem = b->nomem || one.nomem;
			put(b, buf_span(&one), width[c], is_right(t, c),
			    c + 1 == t->ncolumns);
		}
	}
	buf_free(&raw);
	buf_free(&one);
}

void
table_csv(const struct table *t, struct buf *b)
{
	for (size_t c = 0; c < t->ncolumns; c++)
		buf_addf(b, "%s%s", t->columns[c].key,
		    c + 1 == t->ncolumns ? "\n" : ",");
	for (size_t r = 0; r < t->nrows; r++) {
		for (size_t c = 0; c < t->ncolumns; c++) {
			const struct table_cell *x = table_at(t, r, c);

			if (t->columns[c].kind == TABLE_TEXT)
				text_csv(b, x->text);
			else if (t->columns[c].kind != TABLE_RATE)
				cell(t, r, c, b);
			else if (x->n >= 0)
				buf_addf(b, "%lld.%04lld",
				    (long long)(x->n / 10000),
				    (long long)(x->n % 10000));
			buf_addc(b, c + 1 == t->ncolumns ? '\n' : ',');
		}
	}
}

void
table_json(const struct table *t, struct buf *b)
{
	buf_addc(b, '[');
	for (size_t r = 0; r < t->nrows; r++) {
		buf_adds(b, r > 0 ? ",{" : "{");
		for (size_t c = 0; c < t->ncolumns; c++) {
			const struct table_cell *x = table_at(t, r, c);

			buf_addf(b, "%s\"%s\":", c > 0 ? "," : "",
			    t->columns[c].key);
			if (t->columns[c].kind == TABLE_TEXT) {
				text_json(b, x->text);
			} else if (t->columns[c].kind == TABLE_DAY) {
				buf_addc(b, '"');
				text_day(b, x->n);
				buf_addc(b, '"');
			} else if (t->columns[c].kind != TABLE_RATE) {
				buf_addf(b, "%lld", (long long)x->n);
			} else if (x->n < 0) {
				buf_adds(b, "null");
			} else {
				buf_addf(b, "%lld.%04lld",
				    (long long)(x->n / 10000),
				    (long long)(x->n % 10000));
			}
		}
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

/* The rest of a table that ends at its limit, in sums. */
static void
rest_html(const struct table *t, size_t from, struct buf *b)
{
	buf_adds(b, "<tr class=\"rest\">");
	for (size_t c = 0; c < t->ncolumns; c++) {
		int64_t sum = 0;

		if (c == 0) {
			buf_addf(b, "<td>%zu more</td>", t->nrows - from);
			continue;
		}
		for (size_t r = from; r < t->nrows; r++)
			sum += table_at(t, r, c)->n;
		if (t->columns[c].kind == TABLE_COUNT)
			buf_addf(b, "<td class=\"n\">%lld</td>",
			    (long long)sum);
		else
			buf_adds(b, "<td></td>");
	}
	buf_adds(b, "</tr>\n");
}

void
table_html(const struct table *t, size_t most, struct buf *b)
{
	struct buf raw;
	size_t n = t->nrows < most ? t->nrows : most;

	buf_init(&raw, (size_t)64 << 10);
	buf_adds(b, "<div class=\"scroll\"><table><thead><tr>");
	for (size_t c = 0; c < t->ncolumns; c++)
		buf_addf(b, "<th scope=\"col\"%s>%s</th>",
		    is_right(t, c) ? " class=\"n\"" : "",
		    t->columns[c].title);
	buf_adds(b, "</tr></thead><tbody>\n");
	for (size_t r = 0; r < n; r++) {
		buf_adds(b, "<tr>");
		for (size_t c = 0; c < t->ncolumns; c++) {
			buf_reset(&raw);
			cell(t, r, c, &raw);
			b->nomem = b->nomem || raw.nomem;
			buf_adds(b, is_right(t, c) ? "<td class=\"n\">" :
			    t->columns[c].kind == TABLE_DAY ?
			    "<td class=\"d\">" :
			    "<td>");
			text_html(b, span_sub(buf_span(&raw), 0, 300));
			buf_adds(b, "</td>");
		}
		buf_adds(b, "</tr>\n");
	}
	if (n < t->nrows)
		rest_html(t, n, b);
	buf_adds(b, "</tbody></table></div>\n");
	buf_free(&raw);
}

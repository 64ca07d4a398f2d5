/* SPDX-License-Identifier: ISC */
/* The plots.  All numbers are ours; texts of reports are escaped. */
#include <string.h>

#include "report/page_impl.h"
#include "report/text.h"

#define WIDTH 720
#define DAYS_MAX 120	/* bars that the eye can still separate */

static void
open_figure(struct page *p, const char *title, const char *text, int height)
{
	buf_addf(p->b, "<figure><figcaption>%s</figcaption>\n<svg viewBox="
	    "\"0 0 %d %d\" role=\"img\"><title>%s</title><desc>%s</desc>\n",
	    title, WIDTH, height, title, text);
}

static void
close_figure(struct page *p, const struct table *t)
{
	buf_adds(p->b, "</svg>\n<details><summary>The same numbers"
	    "</summary>\n");
	table_html(t, PAGE_LINES, p->b);
	buf_adds(p->b, "</details></figure>\n");
}

static void
rect(struct page *p, const char *class, double x, double y, double w,
    double h)
{
	if (h > 0 && w > 0)
		buf_addf(p->b, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" "
		    "width=\"%.1f\" height=\"%.1f\"/>\n", class, x, y, w, h);
	/* A pattern too: not everybody sees colours. */
	if (h > 0 && w > 0 && strcmp(class, "fail") == 0)
		rect(p, "hat", x, y, w, h);
}

static int64_t
value(const struct table *t, size_t row, const char *key)
{
	return table_at(t, row, table_column(t, key))->n;
}

/* The days that are drawn: the newest, oldest first. */
static size_t
shown_days(const struct page *p)
{
	return p->days.nrows < DAYS_MAX ? p->days.nrows : DAYS_MAX;
}

/* The frame: three lines with what they stand for. */
static void
axis(struct page *p, int64_t top, bool percent)
{
	for (int i = 0; i <= 2; i++) {
		double y = 180.0 - 80.0 * i;

		buf_addf(p->b, "<line class=\"grid\" x1=\"60\" y1=\"%.0f\" "
		    "x2=\"712\" y2=\"%.0f\"/><text class=\"end\" x=\"54\" "
		    "y=\"%.0f\">%lld%s</text>\n", y, y, y + 4,
		    (long long)(top * i / 2), percent ? " %" : "");
	}
}

/* The first, the middle and the last day below the frame. */
static void
day_names(struct page *p, size_t n)
{
	for (int i = 0; i < 3 && n > 0; i++) {
		size_t k = i == 0 ? n - 1 : i == 1 ? n / 2 : 0;

		if ((i == 1 && n < 3) || (i == 2 && n < 2))
			continue;
		buf_addf(p->b, "<text class=\"%s\" x=\"%.0f\" y=\"200\">",
		    i == 0 ? "start" : i == 1 ? "mid" : "end",
		    i == 0 ? 60.0 : i == 1 ? 386.0 : 712.0);
		text_day(p->b, table_at(&p->days, k, 0)->n);
		buf_adds(p->b, "</text>\n");
	}
}

static void
legend(struct page *p, const char *class, const char *text, double x)
{
	rect(p, class, x, 212, 14, 14);
	buf_addf(p->b, "<text class=\"start\" x=\"%.0f\" y=\"223\">%s</text>\n",
	    x + 20, text);
}

void
page_days(struct page *p)
{
	size_t n = shown_days(p);
	int64_t most = 1;
	double w = n > 0 ? 652.0 / (double)n : 0;

	for (size_t i = 0; i < n; i++)
		if (value(&p->days, i, "messages") > most)
			most = value(&p->days, i, "messages");
	open_figure(p, "Messages a day", "Stacked bars: passing, failing and "
	    "delivered, quarantined, rejected.", 232);
	buf_adds(p->b, "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
	    "patternUnits=\"userSpaceOnUse\"><path class=\"hatch\" "
	    "d=\"M0 6L6 0\"/></pattern></defs>\n");
	axis(p, most, false);
	for (size_t i = 0; i < n; i++) {
		static const char *const class[] = { "pass", "fail", "quar",
			"rej" };
		int64_t all = value(&p->days, i, "messages");
		int64_t q = value(&p->days, i, "quarantined");
		int64_t r = value(&p->days, i, "rejected");
		int64_t pass = value(&p->days, i, "pass");
		int64_t part[4] = { pass, all - pass - q - r, q, r };
		double x = 60.0 + w * (double)(n - 1 - i), y = 180.0;

		for (int k = 0; k < 4; k++) {
			double h = part[k] <= 0 ? 0 : 160.0 *
			    (double)part[k] / (double)most;

			y -= h;
			rect(p, class[k], x, y, w > 3 ? w - 1 : w, h);
		}
	}
	day_names(p, n);
	legend(p, "pass", "pass", 60);
	legend(p, "fail", "fail, delivered", 150);
	legend(p, "quar", "quarantined", 300);
	legend(p, "rej", "rejected", 440);
	close_figure(p, &p->days);
}

void
page_rate(struct page *p)
{
	size_t n = shown_days(p), drawn = 0;
	double w = n > 0 ? 652.0 / (double)n : 0;

	open_figure(p, "Pass rate a day", "A line from 0 to 100 percent.",
	    208);
	axis(p, 100, true);
	buf_adds(p->b, "<polyline class=\"line\" points=\"");
	for (size_t i = n; i-- > 0;) {
		int64_t rate = value(&p->days, i, "pass_rate");

		if (rate < 0)
			continue;
		drawn++;
		buf_addf(p->b, "%.1f,%.1f ", 60.0 + w *
		    ((double)(n - 1 - i) + 0.5), 180.0 - 160.0 *
		    (double)rate / 10000.0);
	}
	buf_adds(p->b, "\"/>\n");
	/* One point is no line. */
	for (size_t i = 0; i < n && n <= 40; i++) {
		int64_t rate = value(&p->days, i, "pass_rate");

		if (rate >= 0)
			buf_addf(p->b, "<circle class=\"dot\" cx=\"%.1f\" "
			    "cy=\"%.1f\" r=\"3\"/>\n", 60.0 + w *
			    ((double)(n - 1 - i) + 0.5), 180.0 - 160.0 *
			    (double)rate / 10000.0);
	}
	(void)drawn;
	day_names(p, n);
	close_figure(p, &p->days);
}

static void
square(struct page *p, const char *class, const char *text, int64_t n,
    int where)
{
	int64_t all = table_at(&p->totals, 0, 0)->n;
	double x = where % 2 == 0 ? 150 : 430, y = where < 2 ? 34 : 114;
	const char *dark = where == 3 ? " dark" : "";

	rect(p, class, x, y, 270, 70);
	buf_addf(p->b, "<text class=\"in%s\" x=\"%.0f\" y=\"%.0f\">%s</text>"
	    "<text class=\"in big%s\" x=\"%.0f\" y=\"%.0f\">%lld (", dark,
	    x + 135, y + 26, text, dark, x + 135, y + 52, (long long)n);
	table_rate(p->b, all > 0 ? n * 10000 / all : -1);
	buf_adds(p->b, ")</text>\n");
}

void
page_square(struct page *p)
{
	int64_t all = value(&p->totals, 0, "messages");
	int64_t dkim = value(&p->totals, 0, "dkim");
	int64_t spf = value(&p->totals, 0, "spf");
	int64_t both = value(&p->totals, 0, "both");

	open_figure(p, "DKIM and SPF", "Messages by whether DKIM and SPF "
	    "pass and are aligned; only both failing is a failure.", 196);
	buf_adds(p->b, "<text class=\"mid\" x=\"285\" y=\"22\">SPF aligned"
	    "</text><text class=\"mid\" x=\"565\" y=\"22\">SPF not aligned"
	    "</text><text class=\"end\" x=\"140\" y=\"72\">DKIM aligned"
	    "</text><text class=\"end\" x=\"140\" y=\"152\">DKIM not aligned"
	    "</text>\n");
	square(p, "q0", "both pass", both, 0);
	square(p, "q1", "DKIM alone", dkim - both, 1);
	square(p, "q1", "SPF alone", spf - both, 2);
	square(p, "q3", "DMARC fails", all - dkim - spf + both, 3);
	close_figure(p, &p->totals);
}

#define BARS 12

static void
name(struct page *p, struct span s, double y)
{
	buf_addf(p->b, "<text class=\"end\" x=\"212\" y=\"%.0f\">", y);
	text_html(p->b, span_sub(s, 0, 30));
	buf_adds(p->b, "</text>\n");
}

void
page_senders(struct page *p, const struct table *t)
{
	size_t n = t->nrows < BARS ? t->nrows : BARS;
	int64_t most = 1;

	for (size_t i = 0; i < n; i++)
		if (value(t, i, "messages") > most)
			most = value(t, i, "messages");
	open_figure(p, "Senders", "Bars: messages that pass and that fail, "
	    "by the sender they authenticated as.", 30 + 24 * (int)n);
	for (size_t i = 0; i < n; i++) {
		int64_t all = value(t, i, "messages");
		int64_t pass = value(t, i, "pass");
		double y = 8.0 + 24.0 * (double)i;
		double w = 400.0 * (double)pass / (double)most;
		double v = 400.0 * (double)(all - pass) / (double)most;

		name(p, table_at(t, i, 0)->text, y + 13);
		rect(p, "pass", 220, y, w, 18);
		rect(p, "fail", 220 + w, y, v, 18);
		buf_addf(p->b, "<text class=\"start\" x=\"%.1f\" y=\"%.0f\">"
		    "%lld</text>\n", 226 + w + v, y + 13, (long long)all);
	}
	close_figure(p, t);
}

#define HEAT_DAYS 60

/* The width of a day: few days (a week at least) fill the plot too. */
static double
heat_step(const struct page *p, const struct table *heat)
{
	int64_t last = p->days.nrows > 0 ? table_at(&p->days, 0, 0)->n : 0;
	int64_t days = 7;

	for (size_t i = 0; i < heat->nrows; i++) {
		int64_t ago = last - table_at(heat, i, 1)->n;

		if (ago < HEAT_DAYS && ago >= days)
			days = ago + 1;
	}
	return 492.0 / (double)days;
}

void
page_heat(struct page *p, const struct table *heat, const struct table *t)
{
	double step = heat_step(p, heat);
	size_t n = t->nrows < BARS ? t->nrows : BARS;
	int64_t last = p->days.nrows > 0 ? table_at(&p->days, 0, 0)->n : 0;
	int64_t most = 1;

	for (size_t i = 0; i < heat->nrows; i++)
		if (table_at(heat, i, 2)->n > most)
			most = table_at(heat, i, 2)->n;
	open_figure(p, "Senders by day", "A square for each sender and day "
	    "of the last 60: the darker, the more messages; a dot where some "
	    "fail.", 20 + 20 * (int)n);
	for (size_t k = 0; k < n; k++)
		name(p, table_at(t, k, 0)->text, 17.0 + 20.0 * (double)k);
	for (size_t i = 0; i < heat->nrows; i++) {
		int64_t ago = last - table_at(heat, i, 1)->n;
		int64_t all = table_at(heat, i, 2)->n;
		int level = 1;
		size_t k = 0;

		while (k < n && !span_eq(table_at(t, k, 0)->text,
		    table_at(heat, i, 0)->text))
			k++;
		if (k == n || ago < 0 || ago >= HEAT_DAYS || all <= 0)
			continue;
		for (int64_t m = most; level < 5 && all * 4 > m &&
		    all * 4 - m > 0; level++)
			m = m > INT64_MAX / 2 ? m : m * 2;
		buf_addf(p->b, "<rect class=\"h%d\" x=\"%.1f\" y=\"%.1f\" "
		    "width=\"%.1f\" height=\"16\"/>\n", level, 712.0 - step *
		    (double)(ago + 1), 4.0 + 20.0 * (double)k, step - 0.8);
		if (table_at(heat, i, 3)->n < all)
			buf_addf(p->b, "<circle class=\"bad\" cx=\"%.1f\" "
			    "cy=\"%.1f\" r=\"2\"/>\n", 712.0 - step *
			    (double)(ago + 1) + (step - 0.8) / 2,
			    12.0 + 20.0 * (double)k);
	}
	close_figure(p, heat);
}

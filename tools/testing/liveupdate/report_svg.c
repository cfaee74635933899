// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace and its verdict as a picture.
 *
 * Time runs from left to right. A device has a lane with the outcome of its DMAs
 * and one with its bus mastering, one more with that of the bridges above it
 * if it is behind a port; the last lane is the unit's translation.
 */
#include <string.h>

#include <linux/kernel.h>

#include "blackout.h"
#include "report.h"

#define WIDTH			1000
#define LEFT			130
/* Marks have their labels to their right. */
#define RIGHT			116
#define PLOT			(WIDTH - LEFT - RIGHT)
#define MARGIN			16

#define TITLE_HEIGHT		52
#define SENTENCE_HEIGHT		17
#define SENTENCE_COLUMNS	140
#define LABEL_HEIGHT		14
#define LABEL_CHARACTER		6.2
#define OUTCOME_HEIGHT		26
#define STATE_HEIGHT		9
#define STATE_SPACE		4
#define DEVICE_SPACE		12
#define AXIS_HEIGHT		30
#define LEGEND_HEIGHT		28

/* A run is seen, however short. */
#define LEAST_WIDTH		1.5
/* What is closer than this is drawn as one. */
#define JOINED_WIDTH		0.5
/* Two DMAs further apart are two bands. */
#define BAND_GAP_US		((u64)20000)

#define ON			"#4a6fa5"
#define OFF			"#f0b8b4"
#define OFF_LINE		"#b3403a"

static const char * const outcome_colours[NR_OUTCOMES] = {
	[OUTCOME_LANDED] = "#3f9b57",
	[OUTCOME_LOST] = "#a9a9a9",
	[OUTCOME_FAULTED] = "#ee8f1f",
	[OUTCOME_ELSEWHERE] = "#d62728",
	[OUTCOME_DAMAGED] = "#8e44ad",
};

/* In the order of drawing: what is worse lies above. */
static const enum outcome drawing_order[NR_OUTCOMES] = {
	OUTCOME_LANDED, OUTCOME_LOST, OUTCOME_FAULTED, OUTCOME_DAMAGED, OUTCOME_ELSEWHERE,
};

struct picture {
	FILE *file;
	const struct trace *trace;
	u64 from_us;
	u64 to_us;
	int y;		/* where the next part begins */
	int top;	/* of the lanes */
	char blackout[80];
};

/* Which runs a band shows */
struct selection {
	int device;	/* -1 for all */
	bool (*match)(const struct trace_run *run, int value);
	int value;
};

static void write_text(FILE *file, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		char c = trace_printable(text[i]);

		if (c == '&')
			fputs("&amp;", file);
		else if (c == '<')
			fputs("&lt;", file);
		else if (c == '>')
			fputs("&gt;", file);
		else
			fputc(c, file);
	}
}

static double place(const struct picture *picture, u64 us)
{
	if (us <= picture->from_us)
		return LEFT;
	if (us >= picture->to_us)
		return LEFT + PLOT;
	return LEFT + PLOT * (double)(us - picture->from_us) / (picture->to_us - picture->from_us);
}

static void find_range(struct picture *picture)
{
	const struct trace *trace = picture->trace;
	u64 latest = trace->mark_us[MARK_END];
	size_t i;

	picture->from_us = trace->mark_us[MARK_STREAM];
	for (i = 0; i < trace->nr_runs; i++)
		latest = max(latest, trace->runs[i].end_us);
	if (!picture->from_us)
		picture->from_us = latest;
	picture->to_us = max(latest, picture->from_us + 1);
}

static bool has_outcome(const struct trace_run *run, int outcome)
{
	return (int)run->outcome == outcome;
}

static bool has_mastering(const struct trace_run *run, int on)
{
	return !!(run->hardware.command & HARDWARE_BUS_MASTER) == on;
}

static bool has_bridges(const struct trace_run *run, int on)
{
	return !!(run->hardware.bridges & HARDWARE_BUS_MASTER) == on;
}

static bool has_translation(const struct trace_run *run, int on)
{
	return !!(run->hardware.status & HARDWARE_TRANSLATION) == on;
}

/* A run lasts until the device's next DMA, unless that is far. */
static u64 band_end(const struct trace *trace, size_t index)
{
	const struct trace_run *run = &trace->runs[index];
	u64 reach = max(run->gap_us, BAND_GAP_US);
	size_t i;

	for (i = index + 1; i < trace->nr_runs; i++) {
		if (trace->runs[i].device != run->device)
			continue;
		return trace->runs[i].start_us - run->end_us <= reach ? trace->runs[i].start_us :
									run->end_us;
	}
	return trace->mark_us[MARK_END] > run->end_us &&
	       trace->mark_us[MARK_END] - run->end_us <= reach ? trace->mark_us[MARK_END] :
								 run->end_us;
}

static void draw_band(const struct picture *picture, double from, double to, int height,
		      const char *colour)
{
	if (to <= from)
		return;
	fprintf(picture->file, "<rect x=\"%.2f\" width=\"%.2f\"", from,
		max(to - from, LEAST_WIDTH));
	fprintf(picture->file, " y=\"%d\" height=\"%d\" fill=\"%s\"/>\n", picture->y, height,
		colour);
}

static void draw_bands(const struct picture *picture, const struct selection *selection,
		       int height, const char *colour)
{
	const struct trace *trace = picture->trace;
	double from = 0, to = 0, start, end;
	size_t i;

	for (i = 0; i < trace->nr_runs; i++) {
		const struct trace_run *run = &trace->runs[i];

		if ((selection->device >= 0 && run->device != (unsigned int)selection->device) ||
		    !selection->match(run, selection->value))
			continue;
		start = place(picture, run->start_us);
		end = max(place(picture, band_end(trace, i)), start + JOINED_WIDTH);
		if (start > to + JOINED_WIDTH) {
			draw_band(picture, from, to, height, colour);
			from = start;
		}
		to = max(to, end);
	}
	draw_band(picture, from, to, height, colour);
}

static void draw_label(const struct picture *picture, int height, int size, const char *text)
{
	fprintf(picture->file,
		"<text x=\"%d\" y=\"%d\" font-size=\"%d\" text-anchor=\"end\">", LEFT - 8,
		picture->y + height / 2 + size / 2 - 1, size);
	write_text(picture->file, text, strlen(text));
	fputs("</text>\n", picture->file);
}

static void draw_state(struct picture *picture, int device,
		       bool (*match)(const struct trace_run *run, int on), const char *name)
{
	struct selection selection = { .device = device, .match = match };

	draw_label(picture, STATE_HEIGHT, 10, name);
	selection.value = true;
	draw_bands(picture, &selection, STATE_HEIGHT, ON);
	selection.value = false;
	draw_bands(picture, &selection, STATE_HEIGHT, OFF);
	picture->y += STATE_HEIGHT + STATE_SPACE;
}

static void draw_outcomes(struct picture *picture, unsigned int device)
{
	const struct trace_device *named = &picture->trace->device[device];
	struct selection selection = { .device = device, .match = has_outcome };
	char name[48];
	int i;

	snprintf(name, sizeof(name), "%u %s %s", device, named->model, named->place);
	draw_label(picture, OUTCOME_HEIGHT, 13, name);
	for (i = 0; i < NR_OUTCOMES; i++) {
		selection.value = drawing_order[i];
		draw_bands(picture, &selection, OUTCOME_HEIGHT,
			   outcome_colours[drawing_order[i]]);
	}
	picture->y += OUTCOME_HEIGHT + STATE_SPACE;
}

static void draw_lanes(struct picture *picture)
{
	const struct trace *trace = picture->trace;
	unsigned int i;

	for (i = 0; i < trace->nr_devices; i++) {
		draw_outcomes(picture, i);
		draw_state(picture, i, has_mastering, "bus master");
		if (!strcmp(trace->device[i].place, "port"))
			draw_state(picture, i, has_bridges, "bridge");
		picture->y += DEVICE_SPACE - STATE_SPACE;
	}
	draw_state(picture, -1, has_translation, "translation");
}

/* Where a mark and its label stand; a label begins at its mark's line. */
struct label {
	char text[40];
	double x;
	double end;
	int row;
};

/*
 * A label goes below all those that reach over its line, which so crosses none:
 * the number of rows.
 */
static int place_label(struct label *labels, unsigned int count, int rows)
{
	struct label *label = &labels[count];
	unsigned int i;

	label->end = label->x + 10 + LABEL_CHARACTER * strlen(label->text);
	label->row = 0;
	for (i = 0; i < count; i++) {
		if (labels[i].end > label->x)
			label->row = max(label->row, labels[i].row + 1);
	}
	return max(rows, label->row + 1);
}

static unsigned int find_labels(const struct picture *picture, struct label *labels, int *rows)
{
	const struct trace *trace = picture->trace;
	enum mark marks[NR_MARKS];
	unsigned int count = trace_sort_marks(trace, marks), i;

	*rows = 0;
	for (i = 0; i < count; i++) {
		u64 us = trace->mark_us[marks[i]];

		snprintf(labels[i].text, sizeof(labels[i].text), "%s %.0f ms",
			 mark_name(marks[i]), report_ms(trace, us));
		labels[i].x = place(picture, us);
		*rows = place_label(labels, i, *rows);
	}
	return count;
}

static void draw_marks(const struct picture *picture, const struct label *labels,
		       unsigned int count, int rows)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		int y = picture->top - (rows - labels[i].row) * LABEL_HEIGHT;

		fprintf(picture->file, "<line x1=\"%.2f\" y1=\"%d\" x2=\"%.2f\" y2=\"%d\"/>\n",
			labels[i].x, y, labels[i].x, picture->y);
		fprintf(picture->file, "<text x=\"%.2f\" y=\"%d\" stroke=\"none\">",
			labels[i].x + 4, y + LABEL_HEIGHT - 4);
		write_text(picture->file, labels[i].text, strlen(labels[i].text));
		fputs("</text>\n", picture->file);
	}
}

/* A round step that gives some ten of them */
static u64 axis_step(u64 length_us)
{
	static const unsigned int round[] = { 2, 5, 10 };
	u64 power = 1, step = 1;
	unsigned int i;

	while (step * 10 < length_us) {
		for (i = 0; i < ARRAY_SIZE(round); i++) {
			step = power * round[i];
			if (step * 10 >= length_us)
				break;
		}
		power *= 10;
	}
	return step;
}

static void draw_tick(const struct picture *picture, double seconds, double x)
{
	fprintf(picture->file,
		"<text x=\"%.2f\" y=\"%d\" font-size=\"11\" text-anchor=\"middle\">%g</text>\n", x,
		picture->y + 15, seconds);
}

static void draw_axis(struct picture *picture)
{
	double step = axis_step(picture->to_us - picture->from_us) / 1e6;
	double from = report_ms(picture->trace, picture->from_us) / 1e3;
	double length = (picture->to_us - picture->from_us) / 1e6;
	long tick;

	fprintf(picture->file,
		"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#555\"/>\n", LEFT,
		picture->y, LEFT + PLOT, picture->y);
	for (tick = from / step - 1; tick * step <= from + length; tick++) {
		if (picture->trace->nr_runs && tick * step >= from)
			draw_tick(picture, tick * step,
				  LEFT + PLOT * (tick * step - from) / length);
	}
	fprintf(picture->file, "<text x=\"%d\" y=\"%d\" font-size=\"11\">s since %s</text>\n",
		LEFT + PLOT + 24, picture->y + 15, report_origin(picture->trace));
	picture->y += AXIS_HEIGHT;
}

static int draw_key(const struct picture *picture, int x, const char *colour, const char *name)
{
	fprintf(picture->file,
		"<rect x=\"%d\" y=\"%d\" width=\"14\" height=\"12\" fill=\"%s\"/>\n", x,
		picture->y, colour);
	fprintf(picture->file, "<text x=\"%d\" y=\"%d\" font-size=\"12\">%s</text>\n", x + 19,
		picture->y + 10, name);
	return x + 40 + 7 * strlen(name);
}

static void draw_legend(struct picture *picture)
{
	int x = LEFT, i;

	for (i = 0; i < NR_OUTCOMES; i++)
		x = draw_key(picture, x, outcome_colours[i], outcome_name(i));
	x = draw_key(picture, x + 30, ON, "on");
	draw_key(picture, x, OFF, "off");
	picture->y += LEGEND_HEIGHT;
}

/* The length of the first line of a text, broken at a space if that is possible */
static size_t line_length(const char *text)
{
	size_t length = strlen(text), i;

	if (length <= SENTENCE_COLUMNS)
		return length;
	for (i = SENTENCE_COLUMNS; i && text[i] != ' '; i--)
		;
	return i ? i : SENTENCE_COLUMNS;
}

static void draw_sentence(struct picture *picture, const char *text)
{
	while (*text) {
		size_t length = line_length(text);

		fprintf(picture->file, "<text x=\"%d\" y=\"%d\" font-size=\"13\">", MARGIN,
			picture->y + 12);
		write_text(picture->file, text, length);
		fputs("</text>\n", picture->file);
		text += length + (text[length] == ' ');
		picture->y += SENTENCE_HEIGHT;
	}
}

static void draw_title(struct picture *picture, const struct verdict *verdict)
{
	const struct trace *trace = picture->trace;

	fprintf(picture->file,
		"<text x=\"%d\" y=\"26\" font-size=\"17\" font-weight=\"bold\">Live update of ",
		MARGIN);
	write_text(picture->file, trace->kernel, strlen(trace->kernel));
	fprintf(picture->file, ", %s mode</text>\n", trace->mode);
	fprintf(picture->file,
		"<text x=\"%d\" y=\"46\" font-size=\"14\" font-weight=\"bold\" fill=\"%s\">",
		MARGIN,
		verdict_is_good(verdict->code) ? outcome_colours[OUTCOME_LANDED] : OFF_LINE);
	fprintf(picture->file, "verdict: %s</text>\n", verdict_name(verdict->code));
	picture->y = TITLE_HEIGHT;
	draw_sentence(picture, verdict->text);
	draw_sentence(picture, picture->blackout);
}

static unsigned int sentence_lines(const char *text)
{
	unsigned int lines = 0;

	for (; *text; lines++) {
		size_t length = line_length(text);

		text += length + (text[length] == ' ');
	}
	return lines;
}

static int lanes_height(const struct trace *trace)
{
	int height = STATE_HEIGHT + STATE_SPACE;
	unsigned int i;

	for (i = 0; i < trace->nr_devices; i++) {
		height += OUTCOME_HEIGHT + STATE_HEIGHT + STATE_SPACE + DEVICE_SPACE;
		if (!strcmp(trace->device[i].place, "port"))
			height += STATE_HEIGHT + STATE_SPACE;
	}
	return height;
}

static void begin_picture(const struct picture *picture, int height)
{
	fprintf(picture->file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\"", WIDTH,
		height);
	fprintf(picture->file, " viewBox=\"0 0 %d %d\" fill=\"#222\" role=\"img\"", WIDTH,
		height);
	fputs(" font-family=\"DejaVu Sans, Verdana, sans-serif\">\n", picture->file);
	fputs("<title>DMAs over a live update</title>\n", picture->file);
	fprintf(picture->file, "<rect width=\"%d\" height=\"%d\" fill=\"#fdfdfb\"/>\n", WIDTH,
		height);
}

/* Draw lanes over time, with the marks and the verdict. */
int report_svg(FILE *file, const struct trace *trace, const struct verdict *verdict)
{
	struct picture picture = { .file = file, .trace = trace };
	struct label labels[NR_MARKS];
	unsigned int count;
	int rows;

	find_range(&picture);
	count = find_labels(&picture, labels, &rows);
	blackout_sentence(trace, picture.blackout, sizeof(picture.blackout));
	begin_picture(&picture, TITLE_HEIGHT + SENTENCE_HEIGHT * sentence_lines(verdict->text) +
				SENTENCE_HEIGHT * sentence_lines(picture.blackout) +
				(rows + 1) * LABEL_HEIGHT + lanes_height(trace) + AXIS_HEIGHT +
				LEGEND_HEIGHT);
	draw_title(&picture, verdict);
	picture.y += (rows + 1) * LABEL_HEIGHT;
	picture.top = picture.y;
	draw_lanes(&picture);
	fputs("<g font-size=\"11\" stroke=\"#333\" stroke-width=\"0.8\">\n", file);
	draw_marks(&picture, labels, count, rows);
	fputs("</g>\n", file);
	draw_axis(&picture);
	draw_legend(&picture);
	fputs("</svg>\n", file);
	return fflush(file) || ferror(file) ? -1 : 0;
}

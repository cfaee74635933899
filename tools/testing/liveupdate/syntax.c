// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checkers of the syntax of reports: of JSON, and of as much of XML as they use.
 */
#include <ctype.h>
#include <string.h>

#include <linux/kernel.h>

#include "syntax.h"

#define MOST_TAGS		8

/* Each function that skips something returns the rest of the text, or NULL. */
static const char *skip_value(const char *text, unsigned int depth);

static const char *skip_space(const char *text)
{
	return text + strspn(text, "\n ");
}

static const char *skip_string(const char *text)
{
	if (*text++ != '"')
		return NULL;
	for (; *text != '"'; text++) {
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			return NULL;
		if (*text == '\\' && *++text != '"' && *text != '\\')
			return NULL;
	}
	return text + 1;
}

static const char *skip_word(const char *text)
{
	static const char * const words[] = { "null", "true", "false" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strncmp(text, words[i], strlen(words[i])))
			return text + strlen(words[i]);
	}
	text += *text == '-';
	return isdigit((unsigned char)*text) ? text + strspn(text, "0123456789") : NULL;
}

static const char *skip_member(const char *text, bool named, unsigned int depth)
{
	if (named) {
		text = skip_string(skip_space(text));
		if (!text || *text++ != ':')
			return NULL;
	}
	return skip_value(text, depth + 1);
}

static const char *skip_list(const char *text, char close, unsigned int depth)
{
	text = skip_space(text + 1);
	if (*text == close)
		return text + 1;
	for (;;) {
		text = skip_member(text, close == '}', depth);
		if (!text)
			return NULL;
		text = skip_space(text);
		if (*text == close)
			return text + 1;
		if (*text++ != ',')
			return NULL;
	}
}

static const char *skip_value(const char *text, unsigned int depth)
{
	text = skip_space(text);
	if (depth > 8)
		return NULL;
	if (*text == '{')
		return skip_list(text, '}', depth);
	if (*text == '[')
		return skip_list(text, ']', depth);
	return *text == '"' ? skip_string(text) : skip_word(text);
}

/* Whether a text is one value of JSON. */
bool is_json(const char *text)
{
	text = skip_value(text, 0);
	return text && !*skip_space(text);
}

struct tag {
	const char *name;
	size_t length;
};

static bool is_entity(const char *text)
{
	return !strncmp(text, "&amp;", 5) || !strncmp(text, "&lt;", 4) ||
	       !strncmp(text, "&gt;", 4);
}

/* The end of a tag, or NULL */
static const char *tag_end(const char *text)
{
	bool quoted = false;

	for (; *text && (quoted || *text != '>'); text++) {
		if (*text == '<')
			return NULL;
		if (*text == '"')
			quoted = !quoted;
	}
	return *text ? text : NULL;
}

static bool take_tag(const char *text, const char *end, struct tag *open, unsigned int *depth)
{
	bool close = text[1] == '/';
	const char *name = text + 1 + close;
	size_t length = strcspn(name, " />");

	if (close) {
		if (!*depth)
			return false;
		--*depth;
		return open[*depth].length == length &&
		       !strncmp(open[*depth].name, name, length);
	}
	if (end[-1] == '/')
		return true;
	if (*depth == MOST_TAGS)
		return false;
	open[(*depth)++] = (struct tag) { .name = name, .length = length };
	return true;
}

/* Whether the tags of a text nest, and what stands in them is quoted. */
bool is_xml(const char *text)
{
	struct tag open[MOST_TAGS];
	unsigned int depth = 0;
	const char *end;

	for (; *text; text++) {
		if (*text == '&' && !is_entity(text))
			return false;
		if (*text == '>' || (unsigned char)*text > 0x7e)
			return false;
		if (*text != '<')
			continue;
		end = tag_end(text + 1);
		if (!end || !take_tag(text, end, open, &depth))
			return false;
		text = end;
	}
	return !depth;
}

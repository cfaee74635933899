// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: memory as a VT-d unit sees it
 *
 * What was stored, flushed, ordered and buffered is kept apart, word by word, and
 * what a unit must not read is found.
 */

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "vtd_inner_test.h"
#include "vtd_memory.h"

#define LINE_WORDS	8
#define PAGE_WORDS	(PAGE_SIZE / sizeof(u64))

/**
 * struct memory_context - What each case has
 * @memory: Memory without write buffers.
 * @words: Two pages that it knows, all zero.
 */
struct memory_context {
	struct vtd_memory memory;
	u64 *words;
};

static u64 read_word(struct kunit *test, struct vtd_memory *memory,
		     const u64 *word, bool snoop)
{
	u64 value = 0;

	KUNIT_EXPECT_EQ(test, 0, vtd_memory_read(memory, virt_to_phys((void *)word),
						 snoop, &value));
	return value;
}

static void expect_snooped(struct kunit *test, struct vtd_memory *memory,
			   const u64 *word, u64 value)
{
	KUNIT_EXPECT_EQ(test, value, read_word(test, memory, word, true));
}

static void expect_unsnooped(struct kunit *test, struct vtd_memory *memory,
			     const u64 *word, u64 value)
{
	KUNIT_EXPECT_EQ(test, value, read_word(test, memory, word, false));
}

static void expect_choice(struct kunit *test, struct vtd_memory *memory,
			  const u64 *at, bool snoop, u64 was, u64 is)
{
	struct vtd_memory_word word = {};

	KUNIT_EXPECT_EQ(test, 0, vtd_memory_peek(memory, virt_to_phys((void *)at),
						 snoop, &word));
	KUNIT_EXPECT_EQ(test, was, word.was);
	KUNIT_EXPECT_EQ(test, is, word.is);
}

static void snooping_unit_sees_what_was_stored(struct kunit *test)
{
	struct memory_context *context = test->priv;

	context->words[3] = 1;
	expect_snooped(test, &context->memory, &context->words[3], 1);
	context->words[3] = 2;
	expect_snooped(test, &context->memory, &context->words[3], 2);
	KUNIT_EXPECT_EQ(test, 0, context->memory.unflushed.count);
}

static void other_unit_sees_what_was_flushed(struct kunit *test)
{
	struct memory_context *context = test->priv;

	context->words[3] = 1;
	KUNIT_EXPECT_TRUE(test, vtd_memory_flush(&context->memory,
						 &context->words[3], 8));
	context->words[3] = 2;
	vtd_memory_order(&context->memory);
	expect_unsnooped(test, &context->memory, &context->words[3], 1);
	vtd_memory_flush(&context->memory, &context->words[3], 8);
	expect_unsnooped(test, &context->memory, &context->words[3], 2);
	KUNIT_EXPECT_EQ(test, 0, context->memory.unflushed.count);
}

static void flush_is_of_whole_lines(struct kunit *test)
{
	struct memory_context *context = test->priv;
	u64 *line = &context->words[PAGE_WORDS - LINE_WORDS];

	/* The last line of a page, and the first one of the next */
	memset64(line - LINE_WORDS, 7, 4 * LINE_WORDS);
	vtd_memory_flush(&context->memory, (u8 *)&line[LINE_WORDS] - 1, 2);

	for (unsigned int i = 0; i < 2 * LINE_WORDS; i++)
		expect_unsnooped(test, &context->memory, &line[i], 7);
	KUNIT_EXPECT_EQ(test, 0, context->memory.unflushed.count);
	expect_unsnooped(test, &context->memory, line - 1, VTD_MEMORY_POISON);
	expect_unsnooped(test, &context->memory, &line[2 * LINE_WORDS],
			 VTD_MEMORY_POISON);
	KUNIT_EXPECT_EQ(test, 2, context->memory.unflushed.count);
}

static void flush_of_nothing_is_none(struct kunit *test)
{
	struct memory_context *context = test->priv;

	KUNIT_EXPECT_FALSE(test, vtd_memory_flush(&context->memory,
						  &context->words[1], 0));
	expect_unsnooped(test, &context->memory, &context->words[1],
			 VTD_MEMORY_POISON);
}

static void line_never_flushed_is_found(struct kunit *test)
{
	struct memory_context *context = test->priv;

	expect_unsnooped(test, &context->memory, context->words,
			 VTD_MEMORY_POISON);
	KUNIT_EXPECT_EQ(test, 1, context->memory.unflushed.count);
	KUNIT_EXPECT_FALSE(test, vtd_finding_is_expected(&context->memory.unflushed));
	KUNIT_EXPECT_EQ(test, 0, context->memory.strays.count);
}

static void unknown_memory_is_found(struct kunit *test)
{
	struct memory_context *context = test->priv;
	u64 known = virt_to_phys(context->words), value = 5;

	KUNIT_EXPECT_EQ(test, -EFAULT, vtd_memory_read(&context->memory,
						       known + 2 * PAGE_SIZE,
						       true, &value));
	KUNIT_EXPECT_EQ(test, -EFAULT, vtd_memory_update(&context->memory,
							 known - 8, 0, 1));
	KUNIT_EXPECT_EQ(test, -EFAULT, vtd_memory_read(&context->memory, known + 4,
						       false, &value));
	KUNIT_EXPECT_EQ(test, 5, value);
	KUNIT_EXPECT_EQ(test, 3, context->memory.strays.count);
	KUNIT_EXPECT_NOT_NULL(test, strstr(context->memory.strays.first, "0x"));
}

static void peek_finds_nothing_wrong(struct kunit *test)
{
	struct memory_context *context = test->priv;
	struct vtd_memory_word word;

	expect_choice(test, &context->memory, context->words, false,
		      VTD_MEMORY_POISON, 0);
	KUNIT_EXPECT_EQ(test, -EFAULT, vtd_memory_peek(&context->memory, 0, true,
						       &word));
	KUNIT_EXPECT_EQ(test, 0, context->memory.unflushed.count);
	KUNIT_EXPECT_EQ(test, 0, context->memory.strays.count);
}

static void removed_memory_is_unknown(struct kunit *test)
{
	struct memory_context *context = test->priv;
	u64 *second = &context->words[PAGE_WORDS];
	u64 value;

	vtd_memory_remove(&context->memory, second, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, -EFAULT, vtd_memory_read(&context->memory,
						       virt_to_phys(second), true,
						       &value));
	expect_snooped(test, &context->memory, second - 1, 0);
	KUNIT_EXPECT_FALSE(test, vtd_memory_flush(&context->memory, second, 8));
}

static void part_of_a_page_is_known(struct kunit *test)
{
	struct memory_context *context = test->priv;
	struct vtd_memory *memory = &context->memory;
	u64 *words = context->words;
	u64 value;

	vtd_memory_remove(memory, words, 2 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 0, vtd_memory_add(memory, &words[2], 16));
	KUNIT_EXPECT_EQ(test, 0, vtd_memory_add(memory, &words[5], 8));
	/* In one line with the others */
	words[2] = 2;
	words[5] = 5;
	vtd_memory_flush(memory, &words[4], 8);

	expect_unsnooped(test, memory, &words[2], 2);
	expect_unsnooped(test, memory, &words[3], 0);
	expect_unsnooped(test, memory, &words[5], 5);
	KUNIT_EXPECT_EQ(test, 0, memory->strays.count);
	for (unsigned int i = 1; i <= 4; i += 3)
		KUNIT_EXPECT_EQ(test, -EFAULT,
				vtd_memory_read(memory, virt_to_phys(&words[i]),
						true, &value));
}

static void memory_that_cannot_be_known_is_refused(struct kunit *test)
{
	struct memory_context *context = test->priv;

	KUNIT_EXPECT_EQ(test, -EINVAL, vtd_memory_add(&context->memory,
						      (u8 *)context->words + 4, 8));
	KUNIT_EXPECT_EQ(test, -EINVAL, vtd_memory_add(&context->memory,
						      context->words, 12));
	KUNIT_EXPECT_EQ(test, 0, context->memory.unknown.count);
}

static void known_memory_added_again_stays_as_it_is(struct kunit *test)
{
	struct memory_context *context = test->priv;

	context->words[1] = 1;
	vtd_memory_flush(&context->memory, context->words, PAGE_SIZE);
	context->words[1] = 2;
	KUNIT_EXPECT_EQ(test, 0, vtd_memory_add(&context->memory, context->words,
						PAGE_SIZE));
	expect_unsnooped(test, &context->memory, &context->words[1], 1);
}

static void update_is_seen_by_all(struct kunit *test)
{
	struct memory_context *context = test->priv;
	u64 *word = &context->words[9];

	*word = 0xf0;
	vtd_memory_flush(&context->memory, word, 8);
	vtd_memory_order(&context->memory);
	KUNIT_EXPECT_EQ(test, 0, vtd_memory_update(&context->memory,
						   virt_to_phys(word), 0x30, 0x21));
	KUNIT_EXPECT_EQ(test, 0xe1, *word);
	expect_unsnooped(test, &context->memory, word, 0xe1);
	expect_choice(test, &context->memory, word, true, 0xe1, 0xe1);
	expect_choice(test, &context->memory, word, false, 0xe1, 0xe1);
}

static void store_may_be_seen_until_it_is_ordered(struct kunit *test)
{
	struct memory_context *context = test->priv;
	u64 *word = context->words;

	word[0] = 1;
	expect_choice(test, &context->memory, word, true, 0, 1);
	vtd_memory_order(&context->memory);
	expect_choice(test, &context->memory, word, true, 1, 1);
	expect_choice(test, &context->memory, word, false, VTD_MEMORY_POISON, 1);
}

static void store_may_be_seen_until_it_is_flushed(struct kunit *test)
{
	struct memory_context *context = test->priv;
	u64 *word = context->words;

	vtd_memory_flush(&context->memory, word, 8);
	word[0] = 1;
	vtd_memory_order(&context->memory);
	expect_choice(test, &context->memory, word, false, 0, 1);
	vtd_memory_flush(&context->memory, word, 8);
	expect_choice(test, &context->memory, word, false, 1, 1);
}

/* The same pages, of a unit with write buffers */
static struct vtd_memory *with_write_buffers(struct kunit *test)
{
	struct memory_context *context = test->priv;

	vtd_memory_destroy(&context->memory);
	vtd_memory_init(&context->memory, true);
	KUNIT_ASSERT_EQ(test, 0, vtd_memory_add(&context->memory, context->words,
						2 * PAGE_SIZE));
	return &context->memory;
}

static void write_buffers_hold_stores(struct kunit *test)
{
	struct vtd_memory *memory = with_write_buffers(test);
	struct memory_context *context = test->priv;
	u64 *word = context->words;

	word[0] = 1;
	vtd_memory_order(memory);
	expect_snooped(test, memory, word, 0);
	expect_choice(test, memory, word, true, 0, 1);
	vtd_memory_flush_write_buffers(memory);
	expect_snooped(test, memory, word, 1);
	expect_choice(test, memory, word, true, 1, 1);
}

static void write_buffers_hold_what_was_flushed(struct kunit *test)
{
	struct vtd_memory *memory = with_write_buffers(test);
	struct memory_context *context = test->priv;
	u64 *word = context->words;

	word[0] = 1;
	vtd_memory_flush(memory, word, 8);
	word[0] = 2;
	expect_unsnooped(test, memory, word, VTD_MEMORY_POISON);
	KUNIT_EXPECT_EQ(test, 1, memory->unflushed.count);
	vtd_memory_flush_write_buffers(memory);
	expect_unsnooped(test, memory, word, 1);
	KUNIT_EXPECT_EQ(test, 1, memory->unflushed.count);
}

static void without_write_buffers_nothing_is_held(struct kunit *test)
{
	struct memory_context *context = test->priv;

	context->words[0] = 1;
	vtd_memory_flush_write_buffers(&context->memory);
	expect_choice(test, &context->memory, context->words, true, 0, 1);
	expect_unsnooped(test, &context->memory, context->words,
			 VTD_MEMORY_POISON);
}

static void lost_memory_is_what_is_there_now(struct kunit *test)
{
	struct vtd_memory *memory = with_write_buffers(test);
	struct memory_context *context = test->priv;

	memset(context->words, 0xdb, PAGE_SIZE);
	vtd_memory_settle(memory, context->words, PAGE_SIZE);
	expect_snooped(test, memory, context->words, 0xdbdbdbdbdbdbdbdbULL);
	expect_unsnooped(test, memory, context->words, 0xdbdbdbdbdbdbdbdbULL);
	KUNIT_EXPECT_EQ(test, 0, memory->unflushed.count);
	expect_unsnooped(test, memory, &context->words[PAGE_WORDS],
			 VTD_MEMORY_POISON);
}

/* What the case expects */

/* One stray, and what the case says to it */
static void judge(struct kunit *inner, unsigned int strays, unsigned int unflushed)
{
	struct vtd_memory *memory = kunit_kzalloc(inner, sizeof(*memory), GFP_KERNEL);
	u64 value;

	KUNIT_ASSERT_NOT_NULL(inner, memory);
	vtd_memory_init(memory, false);
	vtd_memory_expect_stray(memory, strays);
	vtd_memory_expect_unflushed(memory, unflushed);
	vtd_memory_read(memory, 0, true, &value);
	vtd_memory_judge(inner, memory);
}

static void judge_stray(struct kunit *inner)
{
	judge(inner, 0, 0);
}

static void judge_expected_stray(struct kunit *inner)
{
	judge(inner, 1, 0);
}

static void judge_missing_stray(struct kunit *inner)
{
	judge(inner, 2, 0);
}

static void judge_missing_unflushed(struct kunit *inner)
{
	judge(inner, 1, 1);
}

static void judge_any_number(struct kunit *inner)
{
	judge(inner, VTD_ANY_NUMBER, VTD_ANY_NUMBER);
}

static void what_was_not_expected_fails_the_case(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, judge_stray));
	KUNIT_EXPECT_TRUE(test, vtd_inner_test_passes(test, judge_expected_stray));
	KUNIT_EXPECT_TRUE(test, vtd_inner_test_passes(test, judge_any_number));
}

static void what_is_expected_and_missing_fails_the_case(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, judge_missing_stray));
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, judge_missing_unflushed));
}

static void free_words(void *words)
{
	free_pages_exact(words, 2 * PAGE_SIZE);
}

static void destroy_memory(void *memory)
{
	vtd_memory_destroy(memory);
}

static int memory_case_init(struct kunit *test)
{
	struct memory_context *context;

	context = kunit_kzalloc(test, sizeof(*context), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, context);
	context->words = alloc_pages_exact(2 * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, context->words);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_words,
							   context->words));
	vtd_memory_init(&context->memory, false);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_memory,
							   &context->memory));
	KUNIT_ASSERT_EQ(test, 0, vtd_memory_add(&context->memory, context->words,
						2 * PAGE_SIZE));
	test->priv = context;
	return 0;
}

static struct kunit_case vtd_memory_cases[] = {
	KUNIT_CASE(snooping_unit_sees_what_was_stored),
	KUNIT_CASE(other_unit_sees_what_was_flushed),
	KUNIT_CASE(flush_is_of_whole_lines),
	KUNIT_CASE(flush_of_nothing_is_none),
	KUNIT_CASE(line_never_flushed_is_found),
	KUNIT_CASE(unknown_memory_is_found),
	KUNIT_CASE(peek_finds_nothing_wrong),
	KUNIT_CASE(removed_memory_is_unknown),
	KUNIT_CASE(part_of_a_page_is_known),
	KUNIT_CASE(memory_that_cannot_be_known_is_refused),
	KUNIT_CASE(known_memory_added_again_stays_as_it_is),
	KUNIT_CASE(update_is_seen_by_all),
	KUNIT_CASE(store_may_be_seen_until_it_is_ordered),
	KUNIT_CASE(store_may_be_seen_until_it_is_flushed),
	KUNIT_CASE(write_buffers_hold_stores),
	KUNIT_CASE(write_buffers_hold_what_was_flushed),
	KUNIT_CASE(without_write_buffers_nothing_is_held),
	KUNIT_CASE(lost_memory_is_what_is_there_now),
	KUNIT_CASE(what_was_not_expected_fails_the_case),
	KUNIT_CASE(what_is_expected_and_missing_fails_the_case),
	{}
};

static struct kunit_suite vtd_memory_suite = {
	.name = "vtd_memory",
	.init = memory_case_init,
	.test_cases = vtd_memory_cases,
};

kunit_test_suite(vtd_memory_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of memory as a VT-d unit sees it");

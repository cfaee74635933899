// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what asks and compares, without QEMU: the random choice, the tables and
 * their edits, what a device does for a question, and which differences are known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "edit.h"
#include "leniency.h"
#include "model.h"
#include "tap.h"

#define ROUNDS		300u

/* Capabilities of QEMU's unit: four levels, and those that tests add */
#define CAP		0xd2008c222f0686ull
#define ECAP		0xf42ull
#define ECAP_SCALABLE	(ECAP | VTD_ECAP_SMTS | VTD_ECAP_SSTS | VTD_ECAP_SRS)

static struct memory memory;
static const u16 source_ids[NR_REQUESTERS] = { 0x18, 0x20 };

/* Shims and what is taken from tools/ */

static void test_shims(void)
{
	struct { u64 words[3]; } *object = kzalloc_obj(*object);
	u8 bytes[5] = { 7, 7, 7, 8, 7 };

	tap_result(object && !memchr_inv(object, 0, sizeof(*object)), "shim.kzalloc_obj");
	kfree(object);
	kfree(NULL);
	tap_result(memchr_inv(bytes, 7, sizeof(bytes)) == &bytes[3], "shim.memchr_inv");
	tap_result(U16_MAX == 0xffff && U32_MAX == 0xffffffff && U64_MAX == ~0ull,
		   "shim.limits");
}

/* Random choice */

static void test_random(void)
{
	struct random a, b, c;
	unsigned int seen = 0, same = 0;
	bool below = true;

	random_seed(&a, 1, 2, 3);
	random_seed(&b, 1, 2, 3);
	random_seed(&c, 1, 3, 2);
	for (unsigned int i = 0; i < 100; i++) {
		u64 value = random_u64(&a);

		same += value == random_u64(&b);
		seen += value == random_u64(&c);
	}
	tap_result(same == 100, "random.same seed");
	tap_result(!seen, "random.another round");
	for (unsigned int i = 0, mask = 0; i < 1000; i++) {
		unsigned int value = random_below(&a, 5);

		below &= value < 5;
		mask |= 1u << value;
		seen = mask;
	}
	tap_result(below && seen == 0x1f, "random.below");
	tap_result(!random_chance(&a, 0) && random_chance(&a, 100), "random.chance");
}

static void test_pages(void)
{
	bool good = true;

	for (unsigned int i = 0; i < DATA_PAGES; i++)
		good &= data_index(data_page(i)) == (int)i &&
			data_index(data_page(i) + PAGE - 1) == (int)i;
	tap_result(good, "pages.index");
	tap_result(data_index(DATA_BASE - 1) == NOWHERE &&
		   data_index(DATA_BASE + DATA_PAGES_EACH * PAGE) == NOWHERE &&
		   data_index(DATA_BASE + DATA_LARGE_PAGES * 2 * MIB) == NOWHERE &&
		   data_index(~0ull) == NOWHERE, "pages.nowhere");
	tap_result(memory_has(0, 8) && memory_has(MEMORY_SIZE - 8, 8) &&
		   !memory_has(MEMORY_SIZE - 8, 9) && !memory_has(~0ull, 8), "pages.memory");
}

/* Tables */

static void create_tables(struct tables *tables, struct random *random, bool scalable,
			  unsigned int round)
{
	*tables = (struct tables) { .memory = &memory, .random = random };
	random_seed(random, 7, scalable, round);
	/* What is mapped is not where pass-through leads. */
	tables_settings(&tables->settings, CAP, 0, scalable);
	memcpy(tables->source_ids, source_ids, sizeof(source_ids));
	tables_create(tables);
}

static u64 sum(u64 address, u64 size)
{
	u64 value = 0;

	for (u64 offset = 0; offset < size; offset += 8)
		value = (value << 7 | value >> 57) ^ memory_load(&memory, address + offset);
	return value;
}

static void test_tables(bool scalable)
{
	const char *mode = scalable ? "scalable" : "legacy";
	u64 first = 0, again = 0, left = 0, other = 0;
	struct random random;
	struct tables tables;

	for (unsigned int i = 0; i < 3; i++) {
		create_tables(&tables, &random, scalable, i / 2);
		again = i == 1 ? sum(TABLES_BASE, 64 * PAGE) : again;
		first = i == 0 ? sum(TABLES_BASE, 64 * PAGE) : first;
		other = i == 2 ? sum(TABLES_BASE, 64 * PAGE) : other;
		tables_destroy(&tables);
		left |= sum(TABLES_BASE, 64 * PAGE);
	}
	tap_result(first == again && first != other, "tables.%s.same for the same seed", mode);
	tap_result(!left, "tables.%s.are cleared", mode);
}

/* A unit in software that uses the tables */

static void start_model(struct model *model, const struct tables *tables)
{
	bool scalable = tables->settings.scalable;
	u64 root = tables->root;

	if (model_create(model, &memory, CAP, scalable ? ECAP_SCALABLE : ECAP))
		tap_die("no unit in software");
	if (scalable)
		root |= FIELD_PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE);
	model_write64(model, VTD_RTADDR, root);
	model_write32(model, VTD_GCMD, VTD_GCMD_SRTP);
	model_write32(model, VTD_GCMD, VTD_GCMD_TE);
}

/* What was mapped is reached or not allowed; nothing else can be wrong. */
static bool is_mapped(struct model *model, const struct tables *tables, unsigned int requester)
{
	const struct domain *domain = &tables->domains[tables->domain[requester]];

	for (unsigned int i = 0; i < domain->nr_pages; i++) {
		const struct question question = {
			.requester = requester, .type = QUESTION_READ, .page = domain->pages[i],
		};
		struct outcome outcome;

		model_peek(model, &question, tables->source_ids[requester], false, &outcome);
		if (outcome.answer.read == NOWHERE && !answer_is_permission(outcome.answer.reason))
			return false;
	}
	return true;
}

static void test_valid(bool scalable)
{
	const char *mode = scalable ? "scalable" : "legacy";
	bool control = true, mapped = true, path = true;
	struct entry entries[MAX_PATH];
	struct random random;
	struct tables tables;
	struct model model;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		create_tables(&tables, &random, scalable, round);
		start_model(&model, &tables);
		for (unsigned int i = 0; i < NR_REQUESTERS; i++) {
			control &= model_reaches_control(&model, tables.source_ids[i]);
			mapped &= is_mapped(&model, &tables, i);
			path &= tables_path(&tables, i, CONTROL, entries) ==
				(scalable ? 4 : 2) +
				tables.domains[tables.domain[i]].levels;
		}
		model_destroy(&model);
		tables_destroy(&tables);
	}
	tap_result(control, "tables.%s.control page is reached", mode);
	tap_result(mapped, "tables.%s.mapped pages are reached", mode);
	tap_result(path, "tables.%s.path is complete", mode);
}

/* Edits */

static bool leads_to_tables(const struct edit *edit)
{
	u64 target = edit->after & VTD_SS_ADDR;

	return edit->entry.level == 1 && edit->after & (VTD_SS_R | VTD_SS_W) &&
	       target >= TABLES_BASE && target < TABLES_BASE + TABLES_SIZE;
}

static void test_edits(bool scalable)
{
	const char *mode = scalable ? "scalable" : "legacy";
	bool undone = true, one_word = true, safe = true;
	struct entry path[MAX_PATH];
	unsigned int roles = 0;
	struct random random;
	struct tables tables;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int count;
		struct edit edit;
		u64 before, after;
		bool changed;

		create_tables(&tables, &random, scalable, round);
		count = tables_path(&tables, 0, tables_random_question_page(&tables, 0), path);
		before = sum(TABLES_BASE, 64 * PAGE);
		changed = edit_random(&tables, &path[random_below(&random, count)], &edit);
		after = sum(TABLES_BASE, 64 * PAGE);
		roles |= 1u << edit.entry.role;
		one_word &= changed == (before != after) &&
			    memory_load(&memory, edit.address) == edit.after;
		safe &= !leads_to_tables(&edit);
		edit_undo(&tables, &edit);
		undone &= sum(TABLES_BASE, 64 * PAGE) == before;
		tables_destroy(&tables);
	}
	tap_result(one_word, "edit.%s.one word", mode);
	tap_result(undone, "edit.%s.undone", mode);
	tap_result(safe, "edit.%s.no page is a table", mode);
	tap_result(roles == (scalable ? 0x1f : 0x13), "edit.%s.of all entries", mode);
}

/* Questions, to a unit that does as it is told */

struct script {
	unsigned int count;
	unsigned int blocked;
	bool quiet;
	struct vtd_request requests[8];
};

static void follow_script(void *context, const struct vtd_request *request,
			  struct vtd_result *result)
{
	struct script *script = context;
	unsigned int number = script->count++;

	script->requests[number] = *request;
	*result = (struct vtd_result) { .address = request->address, .size = PAGE };
	if (!(script->blocked & 1u << number))
		return;
	result->blocked = true;
	result->quiet = script->quiet;
	result->fault = VTD_FAULT_NO_READ + number;
}

static struct outcome carry_out(struct script *script, enum question_type type,
				unsigned int blocked)
{
	const struct question question = { .type = type, .page = data_page(5) };
	struct outcome outcome;

	script->count = 0;
	script->blocked = blocked;
	question_carry_out(&question, 0x18, follow_script, script, &outcome);
	return outcome;
}

static void test_read(void)
{
	struct script script = {};
	struct outcome outcome = carry_out(&script, QUESTION_READ, 0);

	tap_result(script.count == 2 && outcome.answer.read == 5 &&
		   outcome.answer.written == NOWHERE && outcome.size == PAGE &&
		   script.requests[0].address == data_page(5) + DATA_SILENT &&
		   script.requests[0].source_id == 0x18 && !script.requests[0].write &&
		   script.requests[1].address == CONTROL_PACKET, "question.read");
	outcome = carry_out(&script, QUESTION_READ, 1);
	tap_result(script.count == 1 && outcome.answer.read == NOWHERE &&
		   outcome.answer.reason == VTD_FAULT_NO_READ && outcome.faults == 1 &&
		   outcome.answer.address == data_page(5) && !outcome.size,
		   "question.read.blocked");
	outcome = carry_out(&script, QUESTION_READ_REPORT, 0);
	tap_result(script.count == 3 && outcome.answer.read == 5 && outcome.answer.written == 5 &&
		   script.requests[2].write &&
		   script.requests[2].address == data_page(5) + DATA_REPORT + 12,
		   "question.report");
	outcome = carry_out(&script, QUESTION_READ_REPORT, 6);
	tap_result(outcome.answer.read == 5 && outcome.answer.written == NOWHERE &&
		   outcome.faults == 2 && outcome.answer.address == CONTROL &&
		   outcome.answer.reason == VTD_FAULT_NO_READ + 1, "question.first fault counts");
}

static void test_write(void)
{
	struct script script = {};
	struct outcome outcome = carry_out(&script, QUESTION_WRITE, 0);

	tap_result(script.count == 5 && outcome.answer.written == 5 &&
		   outcome.answer.read == NOWHERE && script.requests[3].write &&
		   script.requests[3].address == data_page(5) + DATA_PACKET, "question.write");
	outcome = carry_out(&script, QUESTION_WRITE, 8);
	tap_result(script.count == 5 && outcome.answer.written == NOWHERE &&
		   outcome.answer.write && outcome.answer.reason, "question.write.blocked");
	for (unsigned int i = 0; i < 3; i++) {
		outcome = carry_out(&script, QUESTION_WRITE, 1u << i);
		tap_result(script.count == i + 1 && outcome.answer.written == NOWHERE,
			   "question.write.blocked before it.%u", i);
	}
	script.quiet = true;
	outcome = carry_out(&script, QUESTION_WRITE, 8);
	tap_result(!outcome.answer.reason && !outcome.faults &&
		   outcome.quiet == VTD_FAULT_NO_READ + 3, "question.quiet");
}

static void test_record(void)
{
	const u64 record[] = {
		0x12345678000, VTD_FRCD_1_F | VTD_FRCD_1_T1 |
		FIELD_PREP(VTD_FRCD_1_FR, VTD_FAULT_NO_READ) | FIELD_PREP(VTD_FRCD_1_SID, 0x20),
	};
	struct answer answer = {}, other;

	answer_from_record(&answer, 0, record);
	tap_result(!answer.reason, "record.none is pending");
	answer_from_record(&answer, VTD_FSTS_PPF | VTD_FSTS_PFO, record);
	tap_result(answer.reason == VTD_FAULT_NO_READ && answer.source_id == 0x20 &&
		   answer.address == 0x12345678000 && !answer.write && answer.overflow,
		   "record.pending");
	other = answer;
	other.address += PAGE;
	tap_result(answers_equal(&answer, &answer) && !answers_equal(&answer, &other),
		   "record.other address");
	answer.reason = VTD_FAULT_NONE;
	other.reason = VTD_FAULT_NONE;
	tap_result(answers_equal(&answer, &other), "record.addresses of no fault");
}

/* Known differences */

static struct answer landed(int page)
{
	return (struct answer) { .read = page, .written = NOWHERE };
}

static struct answer blocked(enum vtd_fault reason)
{
	return (struct answer) {
		.read = NOWHERE, .written = NOWHERE, .reason = reason, .source_id = 0x18,
		.address = 0x5000,
	};
}

/* A situation in which an entry led to page 1 and leads to page 2 */
struct example {
	struct situation situation;
	struct question question;
	struct answer theirs;
	struct outcome ours;
	struct outcome fresh;
	struct answer before;
	struct edit edit;
};

static void prepare(struct example *example, enum role role)
{
	*example = (struct example) {
		.question = { .type = QUESTION_READ, .page = 0x5000 },
		.theirs = landed(2),
		.ours.answer = landed(1),
		.fresh.answer = landed(2),
		.before = landed(1),
		.edit.entry.role = role,
	};
	example->situation = (struct situation) {
		.question = &example->question, .theirs = &example->theirs,
		.ours = &example->ours, .fresh = &example->fresh, .before = &example->before,
		.edit = &example->edit, .has_translation = true,
	};
}

static bool is_known(const struct example *example, const char *name)
{
	const struct lenience *lenience = lenience_find(&example->situation);

	if (lenience && name && strcmp(lenience->name, name))
		printf("# it is %s\n", lenience->name);
	return name ? lenience && !strcmp(lenience->name, name) : !lenience;
}

/* Without a reason no other answer is taken, not the one of memory either. */
static void test_nothing_known(void)
{
	static const enum role roles[] = {
		ROLE_ROOT, ROLE_CONTEXT, ROLE_DIRECTORY, ROLE_PASID, ROLE_PAGING,
	};
	struct example example;

	for (unsigned int i = 0; i < ARRAY_SIZE(roles); i++) {
		prepare(&example, roles[i]);
		tap_result(is_known(&example, NULL), "known.nothing.fresh.%u", i);
		example.theirs = landed(3);
		example.situation.context_dropped = true;
		example.situation.pages_dropped = true;
		example.situation.caching_mode = true;
		example.situation.scalable = true;
		example.situation.pass_through = true;
		tap_result(is_known(&example, NULL), "known.nothing.elsewhere.%u", i);
	}
}

static void test_silent(void)
{
	struct example example;

	prepare(&example, ROLE_PAGING);
	example.ours.answer = blocked(VTD_FAULT_NO_READ);
	example.fresh = example.ours;
	example.theirs = blocked(VTD_FAULT_NONE);
	tap_result(is_known(&example, "silent"), "known.silent");
	example.situation.has_translation = false;
	tap_result(is_known(&example, NULL), "known.silent.nothing cached");
	example.situation.has_translation = true;
	example.ours.answer = blocked(VTD_FAULT_PAGING_RESERVED);
	example.fresh = example.ours;
	tap_result(is_known(&example, NULL), "known.silent.another reason");
}

static void test_kept(void)
{
	struct example example;

	prepare(&example, ROLE_CONTEXT);
	example.ours = example.fresh;
	example.theirs = example.before;
	tap_result(is_known(&example, "kept"), "known.kept");
	example.situation.iotlb_covered = true;
	tap_result(is_known(&example, NULL), "known.kept.invalidated");
	prepare(&example, ROLE_PAGING);
	example.ours = example.fresh;
	example.theirs = example.before;
	tap_result(is_known(&example, NULL), "known.kept.paging entry");
}

static void test_fresh(void)
{
	struct example example;

	prepare(&example, ROLE_PAGING);
	example.situation.has_translation = false;
	tap_result(is_known(&example, "unshared"), "known.unshared");
	prepare(&example, ROLE_PAGING);
	example.situation.pages_dropped = true;
	tap_result(is_known(&example, "pages"), "known.pages");
	prepare(&example, ROLE_CONTEXT);
	example.situation.context_dropped = true;
	tap_result(is_known(&example, "contexts"), "known.contexts");
	prepare(&example, ROLE_CONTEXT);
	example.situation.scalable = true;
	tap_result(is_known(&example, NULL), "known.PASID.no invalidation");
	example.situation.context_invalidated = true;
	tap_result(is_known(&example, "PASID"), "known.PASID.with its context");
	prepare(&example, ROLE_PASID);
	example.situation.scalable = true;
	tap_result(is_known(&example, "PASID"), "known.PASID");
	example.theirs = example.before;
	example.ours = example.fresh;
	example.situation.iotlb_covered = true;
	tap_result(is_known(&example, "PASID late"), "known.PASID late");
	prepare(&example, ROLE_PAGING);
	example.ours.faults = 1;
	example.ours.answer = blocked(VTD_FAULT_NO_READ);
	example.situation.caching_mode = true;
	tap_result(is_known(&example, "faults"), "known.faults");
	example.situation.caching_mode = false;
	tap_result(is_known(&example, NULL), "known.faults.no caching mode");
}

static void test_pass_through(void)
{
	struct example example;

	prepare(&example, ROLE_PAGING);
	example.ours.answer = blocked(VTD_FAULT_BEYOND_WIDTH);
	example.fresh = example.ours;
	example.theirs = blocked(VTD_FAULT_NONE);
	tap_result(is_known(&example, NULL), "known.HAW.no pass-through");
	example.situation.pass_through = true;
	tap_result(is_known(&example, "HAW"), "known.HAW");
	example.ours.answer = landed(1);
	example.fresh = example.ours;
	example.theirs = blocked(VTD_FAULT_SM_PASID_ACCESS);
	example.situation.scalable = true;
	tap_result(is_known(&example, NULL), "known.AW.supported");
	example.situation.unsupported_width = true;
	tap_result(is_known(&example, "AW"), "known.AW");
	example.situation.unsupported_width = false;
	example.ours.answer = blocked(VTD_FAULT_NONE);
	example.ours.quiet = VTD_FAULT_SM_DIR_NOT_PRESENT;
	example.fresh = example.ours;
	tap_result(is_known(&example, "FPD"), "known.FPD");
}

static void test_reasons(void)
{
	struct example example;

	prepare(&example, ROLE_PAGING);
	example.theirs = blocked(VTD_FAULT_PAGING_RESERVED);
	example.ours.answer = blocked(VTD_FAULT_SM_SS_RESERVED);
	tap_result(lenience_same(&example.situation, &example.ours.answer), "reasons.known");
	example.theirs = blocked(VTD_FAULT_PAGING_ACCESS);
	tap_result(!lenience_same(&example.situation, &example.ours.answer), "reasons.others");
	example.theirs = blocked(VTD_FAULT_SM_SS_RESERVED);
	example.theirs.address += PAGE;
	tap_result(!lenience_same(&example.situation, &example.ours.answer),
		   "reasons.another address");
}

static void test_dropped_pages(void)
{
	tap_result(lenience_drops_page(0x5000, 0x105000, 0), "pages dropped.same low bits");
	tap_result(!lenience_drops_page(0x5000, 0x106000, 0), "pages dropped.other low bits");
	tap_result(lenience_drops_page(0x5000, 0x106000, 2), "pages dropped.masked");
	tap_result(lenience_drops_page(0x5000, 0x123456000, 8), "pages dropped.all");
	tap_result(lenience_drops_page(0x5000, 0x100000, 0), "pages dropped.in a large page");
}

/* The wrong units in software are wrong. */
static void test_sabotage(void)
{
	const struct question question = { .type = QUESTION_READ, .page = CONTROL };
	struct random random;
	struct tables tables;
	struct outcome outcome;
	struct model model;

	create_tables(&tables, &random, false, 0);
	start_model(&model, &tables);
	model_peek(&model, &question, source_ids[0], false, &outcome);
	tap_result(!outcome.answer.reason, "sabotage.none");
	model.hidden = tables.root;
	model_peek(&model, &question, source_ids[0], false, &outcome);
	tap_result(!outcome.answer.reason, "sabotage.store.not told to");
	model.sabotage = SABOTAGE_STORE;
	model_peek(&model, &question, source_ids[0], false, &outcome);
	tap_result(outcome.answer.reason == VTD_FAULT_ROOT_NOT_PRESENT, "sabotage.store");
	model.hidden_value = memory_load(&memory, tables.root) | BIT_ULL(1);
	model.sabotage = SABOTAGE_REASON;
	memory_store(&memory, tables.root, 0);
	model_peek(&model, &question, source_ids[0], false, &outcome);
	tap_result(outcome.answer.reason == VTD_FAULT_NO_READ, "sabotage.reason");
	model_destroy(&model);
	tables_destroy(&tables);
}

int main(void)
{
	if (memory_create(&memory))
		tap_die("no memory");
	test_shims();
	test_random();
	test_pages();
	for (unsigned int scalable = 0; scalable < 2; scalable++) {
		test_tables(scalable);
		test_valid(scalable);
		test_edits(scalable);
	}
	test_read();
	test_write();
	test_record();
	test_nothing_known();
	test_silent();
	test_kept();
	test_fresh();
	test_pass_through();
	test_reasons();
	test_dropped_pages();
	test_sabotage();
	memory_destroy(&memory);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A round: random tables, questions about them, and edits whose effect depends on
 * what was invalidated.
 *
 * A unit with cleared caches answers from memory. Then an entry is changed and the
 * question asked again, which caches answer; some caches are invalidated, the
 * right ones or others, and it is asked a third time; all are, and a fourth time.
 * Each time both units have to answer the same, but for what leniency.c knows.
 */
#include <stdio.h>
#include <string.h>

#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "requester.h"
#include "round.h"

#define MAX_ASKED		64u

/**
 * struct asked - A question that was answered
 * @question: the question
 * @answer: of QEMU's unit
 * @size: of the page that it reached, in bytes, or 0
 */
struct asked {
	struct question question;
	struct answer answer;
	u64 size;
};

/**
 * struct progress - A round that runs
 * @units: the units
 * @round: which one
 * @statistics: of the run
 * @tables: the tables
 * @random: what chooses
 * @asked: questions since all caches were cleared
 * @nr_asked: how many
 * @edit: the last edit, if @edited
 * @edited: not all caches were cleared since the edit
 * @iotlb_covered: see struct situation
 * @context_invalidated: see struct situation
 * @context_dropped: see struct situation
 * @pages_dropped: see struct situation
 * @control_dropped: see struct situation
 * @said: the round was described
 * @diverged: caches of both units may differ
 */
struct progress {
	struct units *units;
	const struct round *round;
	struct statistics *statistics;
	struct tables tables;
	struct random random;
	struct asked asked[MAX_ASKED];
	unsigned int nr_asked;
	struct edit edit;
	bool edited;
	bool iotlb_covered;
	bool context_invalidated;
	bool context_dropped;
	bool pages_dropped;
	bool control_dropped;
	bool said;
	bool diverged;
};

/* What happened, for people */

static void describe(struct progress *progress)
{
	if (progress->said)
		return;
	progress->said = true;
	printf("round %u, to be repeated by: %s\n", progress->round->number,
	       progress->round->repeat);
}

static void describe_path(struct progress *progress, const struct question *question)
{
	struct entry path[MAX_PATH];
	unsigned int count = tables_path(&progress->tables, question->requester, question->page,
					 path);
	char text[256];

	for (unsigned int i = 0; i < count; i++)
		printf("  %s\n", entry_text(progress->tables.memory, &path[i], text, sizeof(text)));
}

static void describe_edit(const struct progress *progress)
{
	if (!progress->edited)
		return;
	printf("  edit since: %s at 0x%llx: 0x%llx was 0x%llx\n", progress->edit.what,
	       (unsigned long long)progress->edit.address,
	       (unsigned long long)progress->edit.after,
	       (unsigned long long)progress->edit.before);
}

static void describe_answers(const struct situation *situation)
{
	char text[256];

	printf("  QEMU: %s\n", answer_text(situation->theirs, text, sizeof(text)));
	printf("  unit in software: %s%s\n",
	       answer_text(&situation->ours->answer, text, sizeof(text)),
	       situation->ours->cached ? " (cached)" : "");
	printf("  unit in software without caches: %s\n",
	       answer_text(&situation->fresh->answer, text, sizeof(text)));
	if (situation->before)
		printf("  QEMU before: %s\n",
		       answer_text(situation->before, text, sizeof(text)));
}

static void describe_question(struct progress *progress, const struct situation *situation,
			      const char *verdict)
{
	char text[256];

	describe(progress);
	printf(" %s: %s\n", verdict, question_text(situation->question, text, sizeof(text)));
	describe_path(progress, situation->question);
	describe_edit(progress);
	describe_answers(situation);
}

/* Questions */

static bool same_question(const struct question *a, const struct question *b)
{
	return a->requester == b->requester && a->type == b->type && a->page == b->page;
}

static const struct answer *answer_before(const struct progress *progress,
					  const struct question *question)
{
	for (unsigned int i = progress->nr_asked; i--; ) {
		if (same_question(&progress->asked[i].question, question))
			return &progress->asked[i].answer;
	}
	return NULL;
}

/* Large pages have a translation for all addresses in them. */
static bool has_translation(const struct progress *progress, const struct question *question)
{
	for (unsigned int i = 0; i < progress->nr_asked; i++) {
		const struct asked *asked = &progress->asked[i];

		if (asked->question.requester == question->requester && asked->size &&
		    !((asked->question.page ^ question->page) & ~(asked->size - 1)))
			return true;
	}
	return false;
}

static void count(struct progress *progress, const struct situation *situation)
{
	struct statistics *statistics = progress->statistics;
	const struct answer *theirs = situation->theirs;
	const struct answer *ours = &situation->ours->answer;

	statistics->questions++;
	if (theirs->read != NOWHERE || theirs->written != NOWHERE)
		statistics->landed++;
	if (ours->reason)
		statistics->reasons[ours->reason]++;
	if (!situation->before || answers_equal(situation->before, &situation->fresh->answer))
		return;
	if (answers_equal(situation->before, theirs))
		statistics->kept++;
	else
		statistics->dropped++;
}

static void judge(struct progress *progress, const struct situation *situation)
{
	const struct lenience *lenience;

	if (lenience_same(situation, &situation->ours->answer)) {
		if (progress->round->verbose)
			describe_question(progress, situation, "same");
		return;
	}
	lenience = lenience_find(situation);
	if (lenience) {
		progress->statistics->leniences[lenience - leniences]++;
		progress->diverged |= lenience->diverged;
		if (progress->round->verbose)
			describe_question(progress, situation, lenience->name);
		return;
	}
	progress->statistics->differences++;
	progress->diverged = true;
	describe_question(progress, situation, "DIFFERENCE");
}

static bool says_pass_through(const struct entry *entry, u64 word)
{
	if (entry->role == ROLE_PASID)
		return FIELD_GET(VTD_PASID_0_PGTT, word) == VTD_PGTT_PASS_THROUGH;
	return entry->role == ROLE_CONTEXT && entry->words == VTD_CONTEXT_WORDS &&
	       FIELD_GET(VTD_CONTEXT_0_TT, word) == VTD_TT_PASS_THROUGH;
}

static void note_pass_through(struct situation *situation, const struct entry *entry, u64 word,
			      u8 sagaw)
{
	if (!says_pass_through(entry, word))
		return;
	situation->pass_through = true;
	if (entry->role == ROLE_PASID && !(sagaw & BIT(FIELD_GET(VTD_PASID_0_AW, word))))
		situation->unsupported_width = true;
}

static void find_pass_through(const struct progress *progress, struct situation *situation)
{
	const struct question *question = situation->question;
	const struct tables *tables = &progress->tables;
	const struct edit *edit = situation->edit;
	struct entry path[MAX_PATH];
	unsigned int count = tables_path(tables, question->requester, question->page, path);

	for (unsigned int i = 0; i < count; i++)
		note_pass_through(situation, &path[i],
				  memory_load(tables->memory, path[i].address),
				  tables->settings.sagaw);
	if (edit && edit->address == edit->entry.address)
		note_pass_through(situation, &edit->entry, edit->before, tables->settings.sagaw);
}

/* Both have told of a fault, or may have. */
static int clear_fault(struct progress *progress, bool overflow)
{
	model_clear_fault(progress->units->model, overflow);
	return requester_clear_fault(progress->units->machine, overflow);
}

static int ask(struct progress *progress, const struct question *question)
{
	u16 source_id = progress->tables.source_ids[question->requester];
	struct model *model = progress->units->model;
	struct outcome ours, fresh;
	struct answer theirs;
	struct situation situation = {
		.scalable = progress->units->scalable,
		.caching_mode = progress->units->machine->cap & VTD_CAP_CM,
		.question = question,
		.theirs = &theirs,
		.ours = &ours,
		.fresh = &fresh,
		.before = answer_before(progress, question),
		.edit = progress->edited ? &progress->edit : NULL,
		.iotlb_covered = progress->iotlb_covered,
		.context_invalidated = progress->context_invalidated,
		.context_dropped = progress->context_dropped,
		.pages_dropped = progress->pages_dropped,
		.control_dropped = progress->control_dropped,
	};

	if (requester_ask(progress->units->machine, question, &theirs))
		return -1;
	model_peek(model, question, source_id, false, &fresh);
	model_ask(model, question, source_id, &ours);
	situation.has_translation = has_translation(progress, question);
	find_pass_through(progress, &situation);
	count(progress, &situation);
	judge(progress, &situation);
	if (progress->nr_asked < MAX_ASKED)
		progress->asked[progress->nr_asked++] = (struct asked) {
			.question = *question, .answer = theirs, .size = ours.size,
		};
	return theirs.reason || ours.faults ? clear_fault(progress, true) : 0;
}

static void choose_question(struct progress *progress, struct question *question)
{
	question->requester = random_below(&progress->random, NR_REQUESTERS);
	question->type = random_below(&progress->random, NR_QUESTION_TYPES);
	question->page = tables_random_question_page(&progress->tables, question->requester);
	if (question->type == QUESTION_WRITE &&
	    !model_reaches_control(progress->units->model,
				   progress->tables.source_ids[question->requester]))
		question->type = QUESTION_READ;
}

/* Faults that are not cleared */

static bool has_one_fault(const struct progress *progress, const struct question *question)
{
	const struct answer *before = answer_before(progress, question);
	struct outcome outcome;

	model_peek(progress->units->model, question,
		   progress->tables.source_ids[question->requester], true, &outcome);
	return outcome.faults == 1 && before && before->reason;
}

/* Ask where a record may be in use, and compare what the records say. */
static int ask_for_record(struct progress *progress, const struct question *question)
{
	struct units *units = progress->units;
	struct outcome ours;
	struct answer theirs;
	char text[256];

	if (requester_ask(units->machine, question, &theirs))
		return -1;
	model_ask(units->model, question, progress->tables.source_ids[question->requester], &ours);
	progress->statistics->overflows += theirs.overflow;
	if (theirs.overflow == ours.answer.overflow && !theirs.reason == !ours.answer.reason &&
	    theirs.source_id == ours.answer.source_id && theirs.address == ours.answer.address)
		return 0;
	progress->statistics->differences++;
	describe(progress);
	printf(" DIFFERENCE of the fault records\n");
	printf("  QEMU: %s\n", answer_text(&theirs, text, sizeof(text)));
	printf("  unit in software: %s\n", answer_text(&ours.answer, text, sizeof(text)));
	return 0;
}

/*
 * Faults of both devices, of which only one fits into the records, and one more when
 * the record is free again but the overflow was not cleared (section 7.2.1). Of one
 * device QEMU's unit keeps one fault, and tells of no overflow.
 */
static int fill_records(struct progress *progress, const struct question *questions)
{
	if (ask_for_record(progress, &questions[0]) || ask_for_record(progress, &questions[1]) ||
	    clear_fault(progress, false) || ask_for_record(progress, &questions[0]))
		return -1;
	return clear_fault(progress, true);
}

static int ask_for_overflow(struct progress *progress)
{
	struct question questions[NR_REQUESTERS];

	for (unsigned int i = 0; i < NR_REQUESTERS; i++) {
		questions[i] = (struct question) { .requester = i, .page = 1ull << 62 };
		if (ask(progress, &questions[i]))
			return -1;
	}
	if (!has_one_fault(progress, &questions[0]) || !has_one_fault(progress, &questions[1]))
		return 0;
	return fill_records(progress, questions);
}

/* Invalidations */

/* Everything is forgotten: no answer may be an old one. */
static int forget(struct progress *progress)
{
	progress->nr_asked = 0;
	progress->edited = false;
	progress->iotlb_covered = false;
	progress->context_invalidated = false;
	progress->context_dropped = false;
	progress->pages_dropped = false;
	progress->control_dropped = false;
	progress->diverged = false;
	return units_invalidate_all(progress->units);
}

static u8 choose_context_invalidation(struct progress *progress)
{
	static const u8 granularities[] = {
		NOT_INVALIDATED, NOT_INVALIDATED, VTD_GRANULARITY_GLOBAL,
		VTD_GRANULARITY_DOMAIN, VTD_GRANULARITY_DEVICE, VTD_GRANULARITY_DEVICE,
	};

	return granularities[random_below(&progress->random, ARRAY_SIZE(granularities))];
}

static u8 choose_pasid_invalidation(struct progress *progress)
{
	static const u8 granularities[] = {
		NOT_INVALIDATED, VTD_PASID_CACHE_DOMAIN, VTD_PASID_CACHE_PASID,
		VTD_PASID_CACHE_GLOBAL,
	};

	if (!progress->units->scalable)
		return NOT_INVALIDATED;
	return granularities[random_below(&progress->random, ARRAY_SIZE(granularities))];
}

static u8 choose_iotlb_invalidation(struct progress *progress)
{
	static const u8 granularities[] = {
		NOT_INVALIDATED, VTD_GRANULARITY_GLOBAL, VTD_GRANULARITY_DOMAIN,
		VTD_GRANULARITY_PAGE, VTD_GRANULARITY_PAGE, VTD_GRANULARITY_PAGE,
	};

	return granularities[random_below(&progress->random, ARRAY_SIZE(granularities))];
}

/* What concerns the question, or something else at random */
static void choose_invalidation(struct progress *progress, const struct question *question,
				struct invalidation *invalidation)
{
	const struct tables *tables = &progress->tables;
	struct random *random = &progress->random;
	unsigned int requester = question->requester;
	u8 mamv = FIELD_GET(VTD_CAP_MAMV, progress->units->machine->cap);
	u64 page = question->page;

	if (random_chance(random, 20))
		requester = random_below(random, NR_REQUESTERS);
	*invalidation = (struct invalidation) {
		.context = choose_context_invalidation(progress),
		.source_id = tables->source_ids[requester],
		.function_mask = random_below(random, 4),
		.pasid_cache = choose_pasid_invalidation(progress),
		.iotlb = choose_iotlb_invalidation(progress),
		.domain = tables->domains[tables->domain[requester]].id,
		.hint = random_chance(random, 20),
	};
	if (random_chance(random, 10))
		invalidation->domain = tables->domains[random_below(random, NR_DOMAINS)].id;
	if (random_chance(random, 30))
		invalidation->source_id ^= random_below(random, 8);
	if (random_chance(random, 20))
		page ^= PAGE << random_below(random, 20);
	if (random_chance(random, 50))
		invalidation->mask = random_below(random, mamv + 1);
	invalidation->address = page & ~((PAGE << invalidation->mask) - 1);
}

static u64 size_before(const struct progress *progress, const struct question *question)
{
	for (unsigned int i = progress->nr_asked; i--; ) {
		if (same_question(&progress->asked[i].question, question) &&
		    progress->asked[i].size)
			return progress->asked[i].size;
	}
	return PAGE;
}

/* Whether QEMU's unit drops the translation of a page that is none of those */
static bool drops_other(const struct invalidation *invalidation, u64 page, u64 size)
{
	u64 first = page & ~(size - 1);

	if (first < invalidation->address + (PAGE << invalidation->mask) &&
	    first + size > invalidation->address)
		return false;
	return lenience_drops_page(page, invalidation->address, invalidation->mask);
}

/* Whether the context entry of the device has to be dropped (section 6.5.1.1) */
static bool covers_context(const struct progress *progress, const struct question *question,
			   const struct invalidation *invalidation, bool own_domain)
{
	u16 ignored = 7 & ~(7 >> invalidation->function_mask);
	u16 source_id = progress->tables.source_ids[question->requester];

	if (invalidation->context == VTD_GRANULARITY_GLOBAL)
		return true;
	if (progress->units->scalable || !own_domain)
		return false;
	return invalidation->context == VTD_GRANULARITY_DOMAIN ||
	       !((source_id ^ invalidation->source_id) & ~ignored);
}

/* What else may be the effect of an invalidation, see leniency.c */
static void note_invalidation(struct progress *progress, const struct question *question,
			      const struct invalidation *invalidation)
{
	const struct tables *tables = &progress->tables;
	bool own = invalidation->domain ==
		   tables->domains[tables->domain[question->requester]].id;

	if (invalidation->iotlb == VTD_GRANULARITY_GLOBAL ||
	    (invalidation->iotlb == VTD_GRANULARITY_DOMAIN && own))
		progress->iotlb_covered = true;
	if (invalidation->iotlb == VTD_GRANULARITY_PAGE && own) {
		progress->pages_dropped |= drops_other(invalidation, question->page,
						       size_before(progress, question));
		progress->control_dropped |= drops_other(invalidation, CONTROL, PAGE);
	}
	if (invalidation->context == NOT_INVALIDATED)
		return;
	progress->context_invalidated = true;
	if (!covers_context(progress, question, invalidation, own))
		progress->context_dropped = true;
}

static int invalidate_some(struct progress *progress, const struct question *question)
{
	struct invalidation invalidation;
	char text[256];

	choose_invalidation(progress, question, &invalidation);
	note_invalidation(progress, question, &invalidation);
	if (progress->round->verbose)
		printf(" %s\n", invalidation_text(&invalidation, text, sizeof(text)));
	return units_invalidate(progress->units, &invalidation);
}

/* Edits */

/*
 * An entry on the way of a question. Those at the end are more often chosen, and the
 * root entry, which says nothing of what is behind it when it is wrong, less often.
 */
static bool edit_path(struct progress *progress, const struct question *question,
		      struct edit *edit)
{
	struct entry path[MAX_PATH];
	unsigned int count = tables_path(&progress->tables, question->requester, question->page,
					 path);
	unsigned int index = random_below(&progress->random, count);

	if (random_chance(&progress->random, 40))
		index = count - 1;
	else if (!index)
		index = random_below(&progress->random, count);
	return edit_random(&progress->tables, &path[index], edit);
}

/*
 * Something is wrong with most tables from the beginning. Devices of one domain
 * keep the same tables, as software has to give them.
 */
static void damage(struct progress *progress)
{
	unsigned int count = random_below(&progress->random, 3);
	struct question question;
	struct edit edit;

	while (count--) {
		question.requester = random_below(&progress->random, NR_REQUESTERS);
		question.page = tables_random_question_page(&progress->tables,
							    question.requester);
		edit_path(progress, &question, &edit);
		if (tables_share_domain(&progress->tables) &&
		    (edit.entry.role == ROLE_CONTEXT || edit.entry.role == ROLE_PASID))
			edit_undo(&progress->tables, &edit);
	}
}

/* The same page, asked for by the other device of a domain that both are in */
static int ask_other(struct progress *progress, const struct question *question)
{
	struct question other = *question;

	if (!tables_share_domain(&progress->tables) || progress->edit.entry.role != ROLE_PAGING)
		return 0;
	other.requester = !question->requester;
	other.type = QUESTION_READ;
	return ask(progress, &other);
}

static int change_and_ask(struct progress *progress)
{
	struct model *model = progress->units->model;
	struct question question;

	if (forget(progress))
		return -1;
	choose_question(progress, &question);
	if (ask(progress, &question))
		return -1;
	if (!edit_path(progress, &question, &progress->edit))
		return 0;
	progress->edited = true;
	model->hidden = progress->edit.address;
	model->hidden_value = progress->edit.before;
	if (ask(progress, &question) || ask_other(progress, &question) ||
	    (!progress->diverged && (invalidate_some(progress, &question) ||
				     ask(progress, &question))))
		return -1;
	if (random_chance(&progress->random, 50))
		edit_undo(&progress->tables, &progress->edit);
	if (forget(progress) || ask(progress, &question))
		return -1;
	model->hidden = 0;
	return 0;
}

/* The round */

static int start(struct progress *progress)
{
	struct units *units = progress->units;
	u64 root = progress->tables.root;

	if (units->scalable)
		root |= FIELD_PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE);
	if (units_set_root(units, root))
		return -1;
	if ((units->scalable || random_chance(&progress->random, 50)) &&
	    units_start_queue(units))
		return -1;
	return forget(progress);
}

static int ask_some(struct progress *progress)
{
	unsigned int count = 2 + random_below(&progress->random, 4);
	struct question question;

	while (count--) {
		choose_question(progress, &question);
		if (ask(progress, &question))
			return -1;
		if (progress->diverged && forget(progress))
			return -1;
	}
	return 0;
}

/* Beyond the queue: section 6.5.2.10 */
static int run_bad_tail(struct progress *progress)
{
	return units_run_bad_tail(progress->units,
				  PAGE + 32 * random_below(&progress->random, 100));
}

/* Descriptors that no unit carries out: sections 6.5.2.1, 6.5.2.3 and 6.5.2.8 */
static int run_bad_descriptor(struct progress *progress)
{
	u8 mamv = FIELD_GET(VTD_CAP_MAMV, progress->units->machine->cap);
	const u64 descriptors[][2] = {
		{ 0 },
		{ 0xf },
		{ VTD_QI_CONTEXT },
		{ VTD_QI_CONTEXT | FIELD_PREP(VTD_QI_CONTEXT_0_G, 1) | BIT_ULL(7) },
		{ VTD_QI_CONTEXT | FIELD_PREP(VTD_QI_CONTEXT_0_G, 1) | BIT_ULL(60) },
		{ VTD_QI_IOTLB },
		{ VTD_QI_IOTLB | FIELD_PREP(VTD_QI_IOTLB_0_G, 1) | BIT_ULL(50) },
		{ VTD_QI_IOTLB | FIELD_PREP(VTD_QI_IOTLB_0_G, 3), mamv + 1 },
		{ VTD_QI_IOTLB | FIELD_PREP(VTD_QI_IOTLB_0_G, 1), BIT_ULL(8) },
		{ VTD_QI_WAIT | VTD_QI_WAIT_0_SW | BIT_ULL(20), QUEUE_STATUS },
	};
	const u64 *words = descriptors[random_below(&progress->random, ARRAY_SIZE(descriptors))];

	return units_run_bad_descriptor(progress->units, words[0], words[1]);
}

/* Some rounds do what is wrong. */
static int stop_queue(struct progress *progress)
{
	if (!progress->units->queued || !random_chance(&progress->random, 10))
		return 0;
	return random_chance(&progress->random, 30) ? run_bad_tail(progress) :
						      run_bad_descriptor(progress);
}

static int run(struct progress *progress)
{
	unsigned int changes = 1 + random_below(&progress->random, 3);
	struct units *units = progress->units;
	struct question question;

	if (start(progress))
		return -1;
	/* Some rounds ask before translation is enabled, or again. */
	if (random_chance(&progress->random, 3)) {
		choose_question(progress, &question);
		if (units_enable(units, VTD_GCMD_TE, false) || ask(progress, &question))
			return -1;
	}
	if (units_enable(units, VTD_GCMD_TE, true) || ask_some(progress) ||
	    stop_queue(progress))
		return -1;
	if (random_chance(&progress->random, 5) && ask_for_overflow(progress))
		return -1;
	while (changes--) {
		if (change_and_ask(progress))
			return -1;
	}
	return units->queued ? units_stop_queue(units) : 0;
}

/* Run a round: 0, or -1 with a message if QEMU does not answer. */
int round_run(struct units *units, const struct round *round, struct statistics *statistics)
{
	struct progress progress = {
		.units = units, .round = round, .statistics = statistics,
		.tables = { .memory = &units->machine->memory, },
	};
	unsigned int differences = units->differences;
	int error;

	random_seed(&progress.random, round->seed, round->machine, round->number);
	progress.tables.random = &progress.random;
	tables_settings(&progress.tables.settings, units->machine->cap, units->machine->ecap,
			units->scalable);
	for (unsigned int i = 0; i < NR_REQUESTERS; i++)
		progress.tables.source_ids[i] = units->machine->requesters[i].source_id;
	units->all_registers = random_chance(&progress.random, 10);
	tables_create(&progress.tables);
	damage(&progress);
	error = run(&progress);
	tables_destroy(&progress.tables);

	statistics->rounds++;
	differences = units->differences - differences;
	statistics->differences += differences;
	if (differences)
		describe(&progress);
	return error;
}

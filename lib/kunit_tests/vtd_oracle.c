// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The DMA oracle
 *
 * A device that does DMA while its tables are changed may make its next request
 * at any moment, and hardware may have seen any part of what the CPU has stored.
 * The oracle asks what would become of that request, wherever it could make a
 * difference: before and after each write to a register, each flush, each barrier,
 * and when the unit has invalidated something or taken a root table over.
 *
 * Each watched request is walked with the caches that the unit has, and without
 * any, through a view in which a 64-bit word that changed has its old or its new
 * value: the old one is what was there when stores were last ordered, or for a
 * unit that does not snoop when the line was last flushed, see struct
 * vtd_memory_word. All combinations are tried, but only of words that the walk
 * reads: it forks where it meets a changed word for the first time, and the word
 * keeps its value for the rest of the walk. That is complete, however many words
 * have changed, as long as no walk meets more than %VTD_ORACLE_WORDS of them; the
 * values of those beyond are drawn at random, which a seed repeats.
 *
 * Not tried: values that a word had in between, entries that left a cache one by
 * one, and the loads of an entry of several words mixed with stores.
 *
 * Life cycle: the first vtd_oracle_watch() or vtd_oracle_mastering() of a unit
 * makes it look; it stops when the case ends, and is judged.
 *
 * Happy path: each answer is one that the case expects. Unhappy path: the first
 * answer that is not fails the case, which prints the request, the answer, the
 * value of each changed word on the way, and the log. To switch translation off or
 * to change its mode is such a failure, too, while a device is noted as doing DMA.
 */

#include <linux/bitfield.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "liveupdate_random.h"
#include "vtd_oracle.h"

#define MAX_WATCHES	512
#define MAX_MASTERS	4096

/* More than a nested walk of 5 levels in 5 can meet, 49 */
#define MAX_CHOICES	64

/**
 * struct watch - A request, and what must become of it
 * @request: The request.
 * @expectation: What must become of it.
 * @address: Where it must go.
 */
struct watch {
	struct vtd_request request;
	enum vtd_oracle_expectation expectation;
	u64 address;
};

/**
 * struct choice - A changed word, and the value that it has in this walk
 * @address: Its address.
 * @word: Its values.
 * @is: It has the new one.
 */
struct choice {
	u64 address;
	struct vtd_memory_word word;
	bool is;
};

/**
 * struct course - A walk, and the choices on the way
 * @oracle: The oracle.
 * @choices: In the order in which the walk meets the words.
 * @met: Choices that this walk has met.
 * @decided: Choices that were decided before it.
 */
struct course {
	struct vtd_oracle *oracle;
	struct choice choices[MAX_CHOICES];
	unsigned int met;
	unsigned int decided;
};

/**
 * struct violation - The first answer that must not be
 * @what: What is wrong.
 * @event: Number of events in the log by then.
 * @watch: The request.
 * @caches: The caches were asked.
 * @result: The answer.
 * @choices: Changed words on the way.
 * @nr_choices: Number of them.
 * @of_device: It is about a device that does DMA.
 * @source_id: That device.
 */
struct violation {
	const char *what;
	unsigned int event;
	struct watch watch;
	bool caches;
	struct vtd_result result;
	struct choice choices[MAX_CHOICES];
	unsigned int nr_choices;
	bool of_device;
	u16 source_id;
};

/**
 * struct vtd_oracle - The oracle of a unit, protected by the unit's lock
 * @observer: How the unit tells.
 * @unit: The unit.
 * @random: For what cannot be tried in full.
 * @watches: Requests.
 * @nr_watches: Number of them.
 * @masters: Devices that do DMA.
 * @nr_masters: Number of them.
 * @course: The walk.
 * @first: The first violation.
 * @expected: The case expects one.
 * @figures: How much was tried.
 */
struct vtd_oracle {
	struct vtd_test_observer observer;
	struct vtd_test_unit *unit;
	struct liveupdate_random *random;
	struct watch watches[MAX_WATCHES];
	unsigned int nr_watches;
	u16 masters[MAX_MASTERS];
	unsigned int nr_masters;
	struct course course;
	struct violation first;
	bool expected;
	struct vtd_oracle_figures figures;
};

/* The view */

static struct choice *find_choice(struct course *course, u64 address)
{
	for (unsigned int i = 0; i < course->met; i++) {
		if (course->choices[i].address == address)
			return &course->choices[i];
	}
	return NULL;
}

/* The walk meets a changed word for the first time. */
static struct choice *make_choice(struct course *course, u64 address,
				  const struct vtd_memory_word *word)
{
	unsigned int index = course->met++;
	struct choice *choice = &course->choices[index];

	choice->address = address;
	choice->word = *word;
	if (index >= VTD_ORACLE_WORDS) {
		choice->is = liveupdate_random_u32(course->oracle->random) & 1;
	} else if (index >= course->decided) {
		choice->is = false;
		course->decided = index + 1;
	}
	return choice;
}

static int read_choosing(void *context, u64 address, bool snoop, u64 *value)
{
	struct course *course = context;
	struct vtd_memory_word word;
	struct choice *choice;
	int err;

	err = vtd_memory_peek(&course->oracle->unit->memory, address, snoop, &word);
	if (err)
		return err;
	*value = word.is;
	if (word.was == word.is)
		return 0;

	choice = find_choice(course, address);
	if (!choice && course->met < MAX_CHOICES)
		choice = make_choice(course, address, &word);
	if (choice && !choice->is)
		*value = word.was;
	return 0;
}

/* The next course in depth-first order, or false if there is none. */
static bool next_course(struct course *course)
{
	unsigned int last = min(course->met, VTD_ORACLE_WORDS);

	course->met = 0;
	while (last--) {
		if (!course->choices[last].is) {
			course->choices[last].is = true;
			course->decided = last + 1;
			return true;
		}
	}
	return false;
}

/* What is wrong */

static struct violation *note_violation(struct vtd_oracle *oracle, const char *what)
{
	if (oracle->figures.violations++)
		return NULL;
	oracle->first.what = what;
	oracle->first.event = oracle->unit->log.count;
	return &oracle->first;
}

static void note_answer(struct vtd_oracle *oracle, const struct watch *watch,
			bool caches, const struct vtd_result *result)
{
	struct violation *first = note_violation(oracle, "DMA");

	if (!first)
		return;
	first->watch = *watch;
	first->caches = caches;
	first->result = *result;
	first->nr_choices = oracle->course.met;
	memcpy(first->choices, oracle->course.choices, sizeof(first->choices));
}

static bool is_expected(const struct watch *watch, const struct vtd_result *result)
{
	if (result->blocked)
		return watch->expectation != VTD_ORACLE_REACHES;
	return watch->expectation != VTD_ORACLE_BLOCKED &&
	       result->address == watch->address;
}

static void count_walk(struct vtd_oracle *oracle)
{
	struct vtd_oracle_figures *figures = &oracle->figures;

	figures->walks++;
	figures->most_words = max(figures->most_words, oracle->course.met);
	figures->sampled += oracle->course.met > VTD_ORACLE_WORDS;
}

static void ask(struct vtd_oracle *oracle, const struct watch *watch, bool caches)
{
	struct course *course = &oracle->course;
	struct vtd_view view = { .read = read_choosing, .context = course };
	struct vtd_result result;

	course->oracle = oracle;
	course->met = 0;
	course->decided = 0;
	do {
		vtd_unit_peek(&oracle->unit->unit, &view, &watch->request, caches,
			      &result);
		count_walk(oracle);
		if (!is_expected(watch, &result)) {
			note_answer(oracle, watch, caches, &result);
			return;
		}
	} while (next_course(course));
}

static struct vtd_oracle *oracle_of(struct vtd_test_unit *unit)
{
	return container_of(unit->observer, struct vtd_oracle, observer);
}

static void look(struct vtd_test_unit *unit)
{
	struct vtd_oracle *oracle = oracle_of(unit);

	oracle->figures.points++;
	for (unsigned int i = 0; i < oracle->nr_watches; i++) {
		ask(oracle, &oracle->watches[i], true);
		ask(oracle, &oracle->watches[i], false);
	}
}

static void note_under_master(struct vtd_oracle *oracle, const char *what)
{
	struct violation *first = note_violation(oracle, what);

	if (!first)
		return;
	first->of_device = true;
	first->source_id = oracle->masters[0];
}

static void look_at_event(struct vtd_test_unit *unit, const struct vtd_event *event)
{
	struct vtd_oracle *oracle = oracle_of(unit);
	u64 change = event->value ^ event->previous;

	if (!oracle->nr_masters)
		return;
	if (event->type == VTD_EVENT_STATUS && event->previous & change & VTD_GCMD_TE)
		note_under_master(oracle, "translation switched off");
	if (event->type == VTD_EVENT_ROOT_TABLE && change & VTD_RTADDR_TTM)
		note_under_master(oracle, "translation mode changed");
}

/* The verdict */

static void print_request(struct kunit *test, const struct violation *first)
{
	static const char * const expectations[] = {
		[VTD_ORACLE_REACHES] = "reaches",
		[VTD_ORACLE_BLOCKED] = "is blocked, does not reach",
		[VTD_ORACLE_EITHER] = "is blocked or reaches",
	};
	const struct watch *watch = &first->watch;
	const struct vtd_request *request = &watch->request;

	kunit_err(test, "request: source %#06x PASID %#x %s %#llx",
		  request->source_id, request->pasid,
		  request->write ? "writes" : "reads", request->address);
	kunit_err(test, "expected: %s %#llx", expectations[watch->expectation],
		  watch->address);
	if (first->result.blocked)
		kunit_err(test, "got: blocked, reason %#04x", first->result.fault);
	else
		kunit_err(test, "got: reaches %#llx", first->result.address);
}

static void print_choices(struct kunit *test, const struct violation *first)
{
	for (unsigned int i = 0; i < first->nr_choices; i++) {
		const struct choice *choice = &first->choices[i];

		kunit_err(test, "word at %#llx: %s of %#llx, then %#llx",
			  choice->address, choice->is ? "the new one" : "the old one",
			  choice->word.was, choice->word.is);
	}
}

static void print_violation(struct vtd_oracle *oracle)
{
	const struct violation *first = &oracle->first;
	struct kunit *test = oracle->unit->test;

	KUNIT_FAIL(test, "oracle: %u violations, the first after event %d: %s",
		   oracle->figures.violations, (int)first->event - 1, first->what);
	if (first->of_device) {
		kunit_err(test, "device %#06x does DMA", first->source_id);
	} else {
		kunit_err(test, "%s caches", first->caches ? "with" : "without");
		print_request(test, first);
		print_choices(test, first);
	}
	vtd_log_print(&oracle->unit->log);
}

static void end_oracle(void *data)
{
	struct vtd_oracle *oracle = data;
	struct kunit *test = oracle->unit->test;

	vtd_test_unit_observe(oracle->unit, NULL);
	if (oracle->figures.violations && !oracle->expected)
		print_violation(oracle);
	if (!oracle->figures.violations && oracle->expected)
		KUNIT_FAIL(test, "oracle: no violation, some expected");
}

/* What the case says */

static void attach_oracle(struct vtd_test_unit *unit)
{
	struct kunit *test = unit->test;
	struct vtd_oracle *oracle;

	if (unit->observer)
		return;

	oracle = kunit_kzalloc(test, sizeof(*oracle), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, oracle);
	oracle->unit = unit;
	oracle->random = liveupdate_random_start(test);
	oracle->observer.ordering_point = look;
	oracle->observer.event = look_at_event;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_oracle, oracle));
	vtd_test_unit_observe(unit, &oracle->observer);
}

static bool is_same(const struct vtd_request *a, const struct vtd_request *b)
{
	return a->address == b->address && a->pasid == b->pasid &&
	       a->source_id == b->source_id && a->type == b->type &&
	       a->write == b->write && a->privileged == b->privileged &&
	       a->execute == b->execute;
}

/* Its watch, or the one behind the last, or NULL if there are too many */
static struct watch *find_watch(struct vtd_oracle *oracle,
				const struct vtd_request *request)
{
	unsigned int i = 0;

	while (i < oracle->nr_watches &&
	       !is_same(&oracle->watches[i].request, request))
		i++;
	return i < MAX_WATCHES ? &oracle->watches[i] : NULL;
}

static bool set_watch(struct vtd_oracle *oracle, const struct watch *new)
{
	struct watch *watch = find_watch(oracle, &new->request);

	if (!watch)
		return false;
	if (watch == &oracle->watches[oracle->nr_watches])
		oracle->nr_watches++;
	*watch = *new;
	return true;
}

/**
 * vtd_oracle_watch - From now on, this must become of a request.
 * @unit: The unit.
 * @request: The request, of a device that makes it at any moment.
 * @expectation: What must become of it, in place of what was said before.
 * @address: Where it must go, if it may go anywhere.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_oracle_watch(struct vtd_test_unit *unit,
		      const struct vtd_request *request,
		      enum vtd_oracle_expectation expectation, u64 address)
{
	const struct watch watch = {
		.request = *request,
		.expectation = expectation,
		.address = address,
	};
	bool is_set;

	attach_oracle(unit);
	scoped_guard(vtd_test_unit, unit)
		is_set = set_watch(oracle_of(unit), &watch);
	KUNIT_ASSERT_TRUE(unit->test, is_set);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_oracle_watch);

/**
 * vtd_oracle_forget - Nothing must become of a request any more.
 * @unit: The unit.
 * @request: A request that is watched, or not.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_oracle_forget(struct vtd_test_unit *unit,
		       const struct vtd_request *request)
{
	struct vtd_oracle *oracle;
	struct watch *watch;

	attach_oracle(unit);
	guard(vtd_test_unit)(unit);
	oracle = oracle_of(unit);
	watch = find_watch(oracle, request);
	if (watch && watch < &oracle->watches[oracle->nr_watches])
		*watch = oracle->watches[--oracle->nr_watches];
}
EXPORT_SYMBOL_IF_KUNIT(vtd_oracle_forget);

static bool add_master(struct vtd_oracle *oracle, u16 source_id)
{
	if (oracle->nr_masters == MAX_MASTERS)
		return false;
	oracle->masters[oracle->nr_masters++] = source_id;
	return true;
}

/**
 * vtd_oracle_mastering - From now on, a device does DMA.
 * @unit: The unit, whose translation must stay on and in its mode.
 * @source_id: The device.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_oracle_mastering(struct vtd_test_unit *unit, u16 source_id)
{
	bool added;

	attach_oracle(unit);
	scoped_guard(vtd_test_unit, unit)
		added = add_master(oracle_of(unit), source_id);
	KUNIT_ASSERT_TRUE(unit->test, added);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_oracle_mastering);

/**
 * vtd_oracle_quiet - A device does no DMA any more.
 * @unit: The unit.
 * @source_id: The device.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_oracle_quiet(struct vtd_test_unit *unit, u16 source_id)
{
	struct vtd_oracle *oracle;

	attach_oracle(unit);
	guard(vtd_test_unit)(unit);
	oracle = oracle_of(unit);
	for (unsigned int i = oracle->nr_masters; i--;) {
		if (oracle->masters[i] == source_id)
			oracle->masters[i] = oracle->masters[--oracle->nr_masters];
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_oracle_quiet);

/**
 * vtd_oracle_expect_violation - The case does what the oracle must find.
 * @unit: The unit. It is a failure if nothing is found.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_oracle_expect_violation(struct vtd_test_unit *unit)
{
	attach_oracle(unit);
	guard(vtd_test_unit)(unit);
	oracle_of(unit)->expected = true;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_oracle_expect_violation);

/**
 * vtd_oracle_get_figures - How much was tried so far.
 * @unit: The unit.
 * @figures: Filled in.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_oracle_get_figures(struct vtd_test_unit *unit,
			    struct vtd_oracle_figures *figures)
{
	attach_oracle(unit);
	guard(vtd_test_unit)(unit);
	*figures = oracle_of(unit)->figures;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_oracle_get_figures);

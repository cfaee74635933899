// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests for interrupts, as DMA of a device that nobody has told to be quiet.
 *
 * A DMA write to 0xfeexxxxx is a request for an interrupt, whether or not the
 * capability for it (MSI) is enabled: the address names an entry of the interrupt
 * remapping table. After the freeze none may be delivered. As for the stream, the
 * host makes the device write, and all of it is one batch of qtest: no CPU of the
 * guest sees the device's registers otherwise than the stream leaves them.
 *
 * What became of a request says the unit itself, in QEMU's log. An address without
 * subhandle beside data of 0, which tells these requests from others, would be that of
 * pin 0 of an IO-APIC, where nothing is connected.
 *
 * QEMU knows the requester of a message that a device sends as MSI, but not of one
 * that is such a DMA: an entry that is another device's answers as well. So
 *
 *  - from the freeze on a request names the entry that was the device's own;
 *  - once the old kernel has left its tables, and until the new one has its own for
 *    interrupts, every second request names an entry that another device had. None of
 *    that table may answer any more;
 *  - in the table of the new kernel, an entry that names another requester proves
 *    nothing, and a request for it does not count.
 */
#include <string.h>

#include <linux/bits.h>
#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "interrupt.h"
#include "vtd.h"

/* VT-d specification, section 5.1.2.2: the remappable format */
#define ADDRESS_BASE		0xfee00000u
#define ADDRESS_HANDLE		GENMASK(19, 5)
#define ADDRESS_REMAPPABLE	BIT(4)
#define ADDRESS_SUBHANDLE	BIT(3)
#define ADDRESS_HANDLE_15	BIT(2)

/* Entries of the first kernel's table that are looked at */
#define MAX_ENTRIES		256u

/* The most that QEMU says in a line about a request */
#define MAX_LINE		160

/**
 * struct request - One of them, and what came of it
 * @entry: the entry that it names
 * @of_others: that of another device
 * @table: where the table was
 * @words: the entry, if the table was where it had been before
 * @seen: the unit got it
 * @delivered: and delivered it
 */
struct request {
	unsigned int entry;
	bool of_others;
	u64 table;
	u64 words[2];
	bool seen;
	bool delivered;
};

/*
 * Have QEMU log each request, each that is delivered, and whether they are remapped: the
 * number of words.
 */
unsigned int interrupt_arguments(const struct interrupts *interrupts, const char **words)
{
	const char *const arguments[INTERRUPT_ARGUMENTS] = {
		"-D", interrupts->name,
		"-trace", "vtd_ir_remap_msi_req", "-trace", "vtd_ir_remap_msi",
		"-trace", "vtd_ir_enable",
	};

	memcpy(words, arguments, sizeof(arguments));
	return INTERRUPT_ARGUMENTS;
}

static u64 request_address(unsigned int entry)
{
	return ADDRESS_BASE | FIELD_PREP(ADDRESS_HANDLE, entry) | ADDRESS_REMAPPABLE;
}

static void look_at(struct request *request, const char *line)
{
	unsigned long long address, data;
	const char *text;

	text = strstr(line, "vtd_ir_remap_msi_req addr ");
	if (text && sscanf(text, "vtd_ir_remap_msi_req addr %llx data %llx", &address, &data) == 2)
		request->seen |= address == request_address(request->entry) && !data;
	text = strstr(line, "vtd_ir_remap_msi (");
	if (text && sscanf(text, "vtd_ir_remap_msi (addr %llx, data %llx)", &address, &data) == 2)
		request->delivered |= address == request_address(request->entry) && !data;
}

/* QEMU writes line by line, and all of a batch before it answers. */
static int read_log(struct interrupts *interrupts, struct request *request)
{
	char line[MAX_LINE];

	if (!interrupts->log)
		interrupts->log = fopen(interrupts->name, "re");
	if (!interrupts->log) {
		perror(interrupts->name);
		return -1;
	}
	clearerr(interrupts->log);
	interrupts->disabled = false;
	while (fgets(line, sizeof(line), interrupts->log)) {
		look_at(request, line);
		interrupts->disabled |= !!strstr(line, "vtd_ir_enable enable 0");
	}
	return 0;
}

static int run_request(struct interrupts *interrupts, const struct stream *stream,
		       struct qtest *qtest, struct request *request)
{
	const struct e1000_position position = {
		.tx_tail = stream->next, .rx_head = stream->rx_next,
	};
	u64 entry = vtd_interrupt_entry(interrupts->last_table, request->entry);

	e1000_write_zeros(qtest, &stream->e1000, request_address(request->entry), &position);
	vtd_read_interrupt_table(qtest, &request->table);
	qtest_read64(qtest, entry, &request->words[0]);
	qtest_read64(qtest, entry + sizeof(u64), &request->words[1]);
	return qtest_run(qtest) || read_log(interrupts, request) ? -1 : 0;
}

/* Read what the kernel has written into the device's capability. */
static int read_message(const struct stream *stream, struct qtest *qtest, u32 *address, u16 *data)
{
	u16 at, control = 0;

	if (pci_find_capability(qtest, &stream->function, PCI_CAPABILITY_MSI, &at) || !at)
		return -1;
	qtest_read16(qtest, pci_config(&stream->function, at + PCI_MSI_CONTROL), &control);
	qtest_read32(qtest, pci_config(&stream->function, at + PCI_MSI_ADDRESS), address);
	qtest_read16(qtest, pci_config(&stream->function, at + PCI_MSI_DATA), data);
	if (qtest_run(qtest))
		return -1;
	return control & PCI_MSI_ENABLE && control & PCI_MSI_64_BITS ? 0 : -1;
}

static int find_entry(struct interrupts *interrupts, const struct stream *stream,
		      struct qtest *qtest)
{
	unsigned int entry;
	u32 address;
	u16 data;

	if (read_message(stream, qtest, &address, &data))
		return -1;
	if ((address & ~ADDRESS_HANDLE & ~ADDRESS_SUBHANDLE) != (ADDRESS_BASE | ADDRESS_REMAPPABLE))
		return -1;
	entry = FIELD_GET(ADDRESS_HANDLE, address) + (address & ADDRESS_SUBHANDLE ? data : 0);
	if (entry > FIELD_MAX(ADDRESS_HANDLE))
		return -1;
	interrupts->entry[stream->index] = entry;
	interrupts->has_entry[stream->index] = true;
	return 0;
}

/* All entries of a table that is in use, for other devices than this one */
static int find_others(struct interrupts *interrupts, const struct stream *stream,
		       struct qtest *qtest)
{
	u64 entries[MAX_ENTRIES][2] = {};
	struct vtd_registers unit;
	unsigned int i;

	vtd_read(qtest, &unit);
	vtd_read_interrupt_table(qtest, &interrupts->table);
	if (qtest_run(qtest))
		return -1;
	qtest_read_bytes(qtest, vtd_interrupt_entry(interrupts->table, 0), entries,
			 sizeof(entries));
	if (qtest_run(qtest))
		return -1;
	interrupts->root = unit.root;
	interrupts->last_table = interrupts->table;
	interrupts->nr_others = 0;
	for (i = 0; i < MAX_ENTRIES && interrupts->nr_others < INTERRUPT_MAX_OTHERS; i++) {
		if (vtd_entry_of_others(entries[i], pci_source_id(&stream->function)))
			interrupts->others[interrupts->nr_others++] = i;
	}
	return 0;
}

/* The device has an interrupt, enabled in the first kernel: learn which. 0, or -1. */
int interrupt_learn(struct interrupts *interrupts, const struct stream *stream,
		    struct qtest *qtest)
{
	if (find_entry(interrupts, stream, qtest)) {
		fprintf(stderr, "device %u has no interrupt that is remapped\n", stream->index);
		return -1;
	}
	return find_others(interrupts, stream, qtest);
}

/* Send a request that has to be delivered, in the first kernel: 0, or -1. */
int interrupt_try(struct interrupts *interrupts, const struct stream *stream,
		  struct qtest *qtest)
{
	struct request request = { .entry = interrupts->entry[stream->index] };

	if (run_request(interrupts, stream, qtest, &request))
		return -1;
	if (request.delivered)
		return 0;
	fprintf(stderr, "the unit %s the interrupt request of device %u\n",
		request.seen ? "refuses" : "does not get", stream->index);
	return -1;
}

/* What the last DMA of the device found, if it landed */
static const struct hardware *landed(const struct trace *trace, unsigned int device)
{
	const struct trace_run *run;

	if (!trace->last_run[device])
		return NULL;
	run = &trace->runs[trace->last_run[device] - 1];
	return run->outcome == OUTCOME_LANDED ? &run->hardware : NULL;
}

static struct request choose(struct interrupts *interrupts, const struct stream *stream, u64 root)
{
	unsigned int turn = interrupts->turn++;

	if (root == interrupts->root || interrupts->last_table != interrupts->table ||
	    turn % 2 || !interrupts->nr_others)
		return (struct request) { .entry = interrupts->entry[stream->index] };
	return (struct request) {
		.entry = interrupts->others[turn / 2 % interrupts->nr_others], .of_others = true,
	};
}

/* Whether what came of the request is what the unit does with such a device */
static bool counts(const struct interrupts *interrupts, const struct stream *stream,
		   const struct request *request)
{
	if (!request->seen)
		return false;
	if (request->table == interrupts->table)
		return true;
	return !request->of_others && request->table == interrupts->last_table &&
	       !vtd_entry_of_others(request->words, pci_source_id(&stream->function));
}

/*
 * Send a request that must not be delivered, right after a DMA of the stream, and add
 * it to the trace: 0, or -1 with a message. A device that had no interrupt, or whose
 * DMA does not land, sends none. Nobody does after one was delivered: a kernel can be
 * lost by more of them, and the run with it.
 */
int interrupt_send(struct interrupts *interrupts, const struct stream *stream,
		   struct qtest *qtest, struct trace *trace, u64 now_us)
{
	const struct hardware *hardware = landed(trace, stream->index);
	struct request request;

	if (!interrupts->has_entry[stream->index] || !hardware || trace->interrupts.arrived)
		return 0;
	request = choose(interrupts, stream, hardware->root);
	if (run_request(interrupts, stream, qtest, &request))
		return -1;
	if (interrupts->disabled && !trace->interrupts.open_us)
		trace->interrupts.open_us = now_us;
	if (counts(interrupts, stream, &request)) {
		trace_interrupt(trace, now_us, request.delivered);
		interrupts->of_others += request.of_others;
	}
	interrupts->last_table = request.table;
	return 0;
}

static void complain(struct trace *trace, const char *text, u64 now_us)
{
	trace_note(trace, text);
	if (!trace->interrupts.arrived)
		trace_interrupt(trace, now_us, true);
}

/* A kernel that says so got an interrupt, whatever the log says. */
void interrupt_console(struct trace *trace, const char *text, u64 now_us)
{
	static const char *const complaints[] = {
		"No irq handler for vector", "APIC error on CPU", "spurious APIC interrupt",
		"nobody cared",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(complaints); i++) {
		if (strstr(text, complaints[i]))
			complain(trace, text, now_us);
	}
}

/* The second kernel has counted so many interrupts that it did not expect. */
void interrupt_unexpected(struct trace *trace, long count, u64 now_us)
{
	char note[80];

	snprintf(note, sizeof(note), "the second kernel counted unexpected interrupts: %ld",
		 count);
	if (count)
		complain(trace, note, now_us);
}

/* Close the log. */
void interrupt_close(struct interrupts *interrupts)
{
	if (interrupts->log)
		fclose(interrupts->log);
	interrupts->log = NULL;
}

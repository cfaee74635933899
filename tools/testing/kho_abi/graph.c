// SPDX-License-Identifier: GPL-2.0-only
/* What an image hands over as a graph: units, their devices, and what these belong to. */
#include <stdio.h>

#include "bench.h"
#include "members.h"
#include "roots.h"

#define COLUMN		220
#define ROW		22
#define BOX_WIDTH	170
#define BOX_HEIGHT	16

static const char *lost(const struct iommu_record *record)
{
	return record->error.err ? " LOST" : "";
}

static const char *unit_type(const struct iommu_liveupdate_unit *unit)
{
	const char *name = unit->vendor ?
		constant_name("IOMMU_UNIT_TYPE_", unit->vendor->unit_type) : NULL;

	return name ?: "unknown type";
}

static void format_unit(char *buf, size_t size, const struct iommu_liveupdate_unit *unit)
{
	snprintf(buf, size, "unit %u at %#llx%s", unit->record.index, (ullong)unit->id,
		 lost(&unit->record));
}

static void format_device(char *buf, size_t size, const struct iommu_liveupdate_device *device)
{
	snprintf(buf, size, "%04x:%02x:%02x.%u owner %#llx%s", device->segment,
		 device->rid >> 8 & 0xff, device->rid >> 3 & 0x1f, device->rid & 7,
		 (ullong)device->owner, lost(&device->record));
}

static void format_domain(char *buf, size_t size, const struct iommu_liveupdate_domain *domain)
{
	snprintf(buf, size, "domain %#llx top %#llx%s", (ullong)domain->id,
		 (ullong)domain->table.top_phys, lost(&domain->record));
}

/* Text */

static void print_users(const struct handover *handover, u64 owner)
{
	for (u32 i = 0; i < handover->nr_vfio_pci; i++)
		if (handover->vfio_pci[i].owner == owner)
			printf("\t\tvfio-pci file %u, of the iommufd with token %#llx\n",
			       i, (ullong)handover->vfio_pci[i].iommufd);
	for (u32 n = 0; n < handover->nr_iommufd; n++) {
		const struct iommufd_incoming *in = &handover->iommufd[n];

		for (u32 i = 0; i < in->nr_devices; i++)
			if (in->devices[i].owner == owner)
				printf("\t\tiommufd %u, HWPT with token %#llx\n", n,
				       (ullong)in->devices[i].hwpt->token);
	}
}

static void print_device(const struct handover *handover,
			 const struct iommu_liveupdate_device *device)
{
	const struct iommu_incoming *in = &handover->iommu;
	char text[128];

	format_device(text, sizeof(text), device);
	printf("\t%s, %u bridges above\n", text, device->path.count ? device->path.count - 1 : 0);
	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++) {
		const struct iommu_liveupdate_attachment *attachment = &in->attachments[i];

		if (attachment->device != device || !attachment->domain)
			continue;
		format_domain(text, sizeof(text), attachment->domain);
		printf("\t\t%s, hardware id %#llx%s\n", text, (ullong)attachment->hardware_id,
		       lost(&attachment->record));
	}
	print_users(handover, (ullong)device->owner);
}

/* The graph as indented lines */
void graph_print(const struct handover *handover)
{
	const struct iommu_incoming *in = &handover->iommu;
	char text[128];

	for (u32 i = 0; i < in->count[IOMMU_UNITS]; i++) {
		format_unit(text, sizeof(text), &in->units[i]);
		printf("%s, %s\n", text, unit_type(&in->units[i]));
		for (u32 n = 0; n < in->count[IOMMU_DEVICES]; n++)
			if (in->devices[n].unit == &in->units[i])
				print_device(handover, &in->devices[n]);
	}
	for (u32 n = 0; n < in->count[IOMMU_DEVICES]; n++) {
		if (in->devices[n].unit)
			continue;
		printf("no unit\n");
		print_device(handover, &in->devices[n]);
	}
}

/* Picture: a column for each family */

static void draw_box(FILE *file, u32 column, u32 row, const char *text, bool bad)
{
	fprintf(file, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" class=\"%s\"/>",
		10 + column * COLUMN, 10 + row * ROW, BOX_WIDTH, BOX_HEIGHT, bad ? "bad" : "good");
	fprintf(file, "<text x=\"%u\" y=\"%u\">%s</text>\n", 14 + column * COLUMN,
		22 + row * ROW, text);
}

static void draw_line(FILE *file, u32 column, u32 from, u32 to)
{
	fprintf(file, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\"/>\n",
		10 + column * COLUMN + BOX_WIDTH, 10 + from * ROW + BOX_HEIGHT / 2,
		10 + (column + 1) * COLUMN, 10 + to * ROW + BOX_HEIGHT / 2);
}

static void draw_records(const struct iommu_incoming *in, FILE *file)
{
	char text[128];

	for (u32 i = 0; i < in->count[IOMMU_UNITS]; i++) {
		format_unit(text, sizeof(text), &in->units[i]);
		draw_box(file, 0, i, text, in->units[i].record.error.err);
	}
	for (u32 i = 0; i < in->count[IOMMU_DEVICES]; i++) {
		format_device(text, sizeof(text), &in->devices[i]);
		draw_box(file, 1, i, text, in->devices[i].record.error.err);
		if (in->devices[i].unit)
			draw_line(file, 0, in->devices[i].unit->record.index, i);
	}
	for (u32 i = 0; i < in->count[IOMMU_DOMAINS]; i++) {
		format_domain(text, sizeof(text), &in->domains[i]);
		draw_box(file, 2, i, text, in->domains[i].record.error.err);
	}
	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++)
		if (in->attachments[i].device && in->attachments[i].domain)
			draw_line(file, 1, in->attachments[i].device->record.index,
				  in->attachments[i].domain->record.index);
}

static void draw_hwpts(const struct handover *handover, FILE *file)
{
	const struct iommu_incoming *iommu = &handover->iommu;
	char text[128];
	u32 row = 0;

	for (u32 n = 0; n < handover->nr_iommufd; n++) {
		const struct iommufd_incoming *in = &handover->iommufd[n];

		for (u32 i = 0; i < in->nr_hwpts; i++, row++) {
			snprintf(text, sizeof(text), "iommufd %u HWPT %#llx", n,
				 (ullong)in->hwpts[i].token);
			draw_box(file, 3, row, text, false);
			for (u32 d = 0; d < iommu->count[IOMMU_DOMAINS]; d++)
				if (iommu->domains[d].id == in->hwpts[i].domain)
					draw_line(file, 2, d, row);
		}
	}
}

static u32 height(const struct handover *handover)
{
	u32 rows = 0, hwpts = 0;

	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		if (i != IOMMU_ATTACHMENTS && handover->iommu.count[i] > rows)
			rows = handover->iommu.count[i];
	for (u32 i = 0; i < handover->nr_iommufd; i++)
		hwpts += handover->iommufd[i].nr_hwpts;
	return 20 + (hwpts > rows ? hwpts : rows) * ROW;
}

/* The graph as a picture: units, devices, domains, HWPTs */
void graph_svg(const struct handover *handover, FILE *file)
{
	fprintf(file, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\">\n"
		"<style>text { font: 9px monospace } rect { fill: #eef; stroke: #558 }\n"
		".bad { fill: #fdd; stroke: #a00 } line { stroke: #888 }</style>\n",
		20 + 4 * COLUMN, height(handover));
	draw_records(&handover->iommu, file);
	draw_hwpts(handover, file);
	fprintf(file, "</svg>\n");
}

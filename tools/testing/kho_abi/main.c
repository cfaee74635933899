// SPDX-License-Identifier: GPL-2.0-only
/*
 * kho_image: look at an image of the handover, and judge it.
 *
 * Exit codes: 0 it is good, 1 it is refused, 2 it is no image, or a wrong command line.
 */
#include <stdio.h>
#include <string.h>

#include <linux/seq_file.h>

#include "../../../drivers/iommu/liveupdate/catalogue.h"
#include "bench.h"
#include "damage.h"
#include "findings.h"
#include "golden.h"
#include "image.h"
#include "kernel.h"
#include "memory.h"
#include "roots.h"
#include "text.h"

#define NO_IMAGE	2

static const char usage[] =
	"kho_image decode FILE       print each record, member by member\n"
	"kho_image verify FILE...    judge images as the next kernel does, and more strictly\n"
	"kho_image graph FILE [SVG]  print what belongs to what, and draw it\n"
	"kho_image text FILE         write it as text, which all of these read as well\n"
	"kho_image golden [NAME FILE]  list good images that can be made, or make one\n"
	"kho_image damage FILE [DIR]  damage each member, to DIR: is that refused?\n"
	"kho_image damages FILE LIST  the same as a list, for the KUnit suite\n"
	"kho_image image FILE TO     write it as an image that is no text\n"
	"kho_image catalogue        what the kernel of this tree tells that it reads\n"
	"FILE may be -. Exit codes: 0 good, 1 refused, 2 no image\n";

static void print_message(const char *text)
{
	printf("kernel: %s\n", text);
}

static int load(const char *path)
{
	int err;

	memory_reset();
	err = image_load(path);
	if (!err) {
		roots_guess();
		return 0;
	}
	fprintf(stderr, "%s: no image: -%s\n", path, errno_name(err));
	return NO_IMAGE;
}

static int decode(const char *path)
{
	const int ret = load(path);

	if (!ret)
		decode_print();
	return ret;
}

static int print_text(const char *path)
{
	const int ret = load(path);

	if (!ret)
		text_print(stdout);
	return ret;
}

static int verify_file(const char *path)
{
	static struct handover handover;
	bool good;

	if (load(path))
		return NO_IMAGE;
	kernel_set_messages(print_message);
	good = verify(&handover);
	kernel_set_messages(NULL);
	findings_print();
	printf("%s: %s, %zu refused, %zu strict, %zu notes\n", path, good ? "good" : "refused",
	       findings_count(FINDING_REFUSED), findings_count(FINDING_STRICT),
	       findings_count(FINDING_NOTE));
	handover_finish(&handover);
	return !good;
}

static int verify_files(char **paths)
{
	int ret = 0;

	for (; *paths; paths++) {
		const int this = verify_file(*paths);

		ret = this > ret ? this : ret;
	}
	return ret;
}

static int draw(const struct handover *handover, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		perror(path);
		return NO_IMAGE;
	}
	graph_svg(handover, file);
	return fclose(file) ? NO_IMAGE : 0;
}

static int graph(const char *path, const char *svg)
{
	static struct handover handover;
	int ret = load(path);
	bool good;

	if (ret)
		return ret;
	good = verify(&handover);
	graph_print(&handover);
	if (svg)
		ret = draw(&handover, svg);
	handover_finish(&handover);
	return ret ?: !good;
}

static int damage_loaded(const char *path, const struct damage_output *output)
{
	struct damage_count count = {};
	const int ret = damage_image(&count, output);

	printf("%s: %u damages, %u not refused as they should be, %u members without a rule\n",
	       path, count.tried, count.missed, count.unknown);
	return ret;
}

static int damage(const char *path, const char *directory)
{
	const struct damage_output output = { .verbose = true, .directory = directory };

	return load(path) ?: damage_loaded(path, &output);
}

static int list_damages(const char *path, const char *list)
{
	struct damage_output output = {};
	int ret = load(path);

	if (ret)
		return ret;
	output.list = fopen(list, "wb");
	if (!output.list) {
		perror(list);
		return NO_IMAGE;
	}
	ret = damage_loaded(path, &output);
	return fclose(output.list) ? NO_IMAGE : ret;
}

/* An image that is text, or any other, as the second boot reads it */
static int save(const char *path, const char *to)
{
	int err = load(path);

	if (err)
		return err;
	err = image_save(to);
	if (!err)
		return 0;
	fprintf(stderr, "%s: -%s\n", to, errno_name(err));
	return NO_IMAGE;
}

static int make_golden(const char *name, const char *path)
{
	int err;

	memory_reset();
	err = golden_make(name) ?: image_save(path);
	if (!err)
		return 0;
	fprintf(stderr, "%s: -%s\n", name, errno_name(err));
	return NO_IMAGE;
}

/* What the kernel of this tree tells in debugfs */
static int print_catalogue(void)
{
	struct seq_file m = { .file = stdout };

	iommu_abi_catalogue_show(&m);
	return 0;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	int ret = NO_IMAGE;

	if (!strcmp(command, "decode") && argc == 3)
		ret = decode(argv[2]);
	else if (!strcmp(command, "text") && argc == 3)
		ret = print_text(argv[2]);
	else if (!strcmp(command, "verify") && argc > 2)
		ret = verify_files(argv + 2);
	else if (!strcmp(command, "graph") && (argc == 3 || argc == 4))
		ret = graph(argv[2], argv[3]);
	else if (!strcmp(command, "damage") && (argc == 3 || argc == 4))
		ret = damage(argv[2], argv[3]);
	else if (!strcmp(command, "catalogue") && argc == 2)
		ret = print_catalogue();
	else if (!strcmp(command, "damages") && argc == 4)
		ret = list_damages(argv[2], argv[3]);
	else if (!strcmp(command, "image") && argc == 4)
		ret = save(argv[2], argv[3]);
	else if (!strcmp(command, "golden") && argc == 2)
		ret = golden_list();
	else if (!strcmp(command, "golden") && argc == 4)
		ret = make_golden(argv[2], argv[3]);
	else
		fputs(usage, stderr);
	findings_begin();
	memory_reset();
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Subtrees in the fake KHO
 *
 * The named blobs that one kernel leaves for the next. The real KHO keeps their
 * names, addresses and sizes in a device tree, the fake one in a list: one of
 * outgoing blobs, one of incoming ones. A mock kexec makes the first the second.
 *
 * The memory of a blob is not the list's: it is handed over only if it is
 * preserved, as with the real KHO.
 *
 * Unhappy paths: a name that is taken is -EEXIST, one that is not there is
 * -ENOENT, and a boot without handover has none at all.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake_kho_internal.h"

/**
 * struct fake_kho_subtree - A named blob.
 * @list: Entry in the list of subtrees.
 * @phys: Physical address of the blob.
 * @size: Its size in bytes.
 * @name: Its name.
 */
struct fake_kho_subtree {
	struct list_head list;
	phys_addr_t phys;
	size_t size;
	char name[];
};

static struct fake_kho_subtree *find_subtree(struct list_head *subtrees,
					     const char *name)
{
	struct fake_kho_subtree *subtree;

	list_for_each_entry(subtree, subtrees, list) {
		if (!strcmp(subtree->name, name))
			return subtree;
	}
	return NULL;
}

static void free_subtrees(struct list_head *subtrees)
{
	struct fake_kho_subtree *subtree, *next;

	list_for_each_entry_safe(subtree, next, subtrees, list)
		kfree(subtree);
	INIT_LIST_HEAD(subtrees);
}

static struct fake_kho_subtree *alloc_subtree(const char *name)
{
	CLASS(fail_nth_paused, nth)();
	struct fake_kho_subtree *subtree;

	subtree = kzalloc_flex(*subtree, name, strlen(name) + 1);
	if (subtree)
		strscpy(subtree->name, name, strlen(name) + 1);
	return subtree;
}

int kho_add_subtree(const char *name, void *blob, size_t size)
{
	struct fake_kho *kho = fake_kho_current();
	struct fake_kho_subtree *subtree;

	guard(mutex)(&kho->lock);

	if (fake_kho_should_fail())
		return -ENOMEM;
	if (find_subtree(&kho->outgoing, name))
		return -EEXIST;

	subtree = alloc_subtree(name);
	if (!subtree)
		return -ENOMEM;

	subtree->phys = virt_to_phys(blob);
	subtree->size = size;
	list_add(&subtree->list, &kho->outgoing);
	return 0;
}
EXPORT_SYMBOL_GPL(kho_add_subtree);

void kho_remove_subtree(void *blob)
{
	struct fake_kho *kho = fake_kho_current();
	struct fake_kho_subtree *subtree;

	guard(mutex)(&kho->lock);

	list_for_each_entry(subtree, &kho->outgoing, list) {
		if (subtree->phys == virt_to_phys(blob)) {
			list_del(&subtree->list);
			kfree(subtree);
			return;
		}
	}
}
EXPORT_SYMBOL_GPL(kho_remove_subtree);

int kho_retrieve_subtree(const char *name, phys_addr_t *phys, size_t *size)
{
	struct fake_kho *kho = fake_kho_current();
	struct fake_kho_subtree *subtree;

	if (!kho->generation)
		return -ENOENT;
	if (!phys)
		return -EINVAL;

	guard(mutex)(&kho->lock);

	subtree = find_subtree(&kho->incoming, name);
	if (!subtree)
		return -ENOENT;

	*phys = subtree->phys;
	if (size)
		*size = subtree->size;
	return 0;
}
EXPORT_SYMBOL_GPL(kho_retrieve_subtree);

/**
 * fake_kho_next_subtrees - Turn outgoing subtrees into incoming ones.
 * @kho: The KHO.
 *
 * Context: Process context.
 */
void fake_kho_next_subtrees(struct fake_kho *kho)
{
	free_subtrees(&kho->incoming);
	list_splice_init(&kho->outgoing, &kho->incoming);
}

/**
 * fake_kho_free_subtrees - Free all subtrees.
 * @kho: The KHO.
 *
 * Context: Process context.
 */
void fake_kho_free_subtrees(struct fake_kho *kho)
{
	free_subtrees(&kho->outgoing);
	free_subtrees(&kho->incoming);
}

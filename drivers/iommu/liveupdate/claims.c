// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Memory that belongs to one record
 *
 * KHO tells whether memory was preserved, but not for whom. A damaged address may
 * lead to a page that is preserved, has the right size, and belongs to another
 * record: restored for two of them, it would be freed under one, and the other
 * might be a table that a device translates with.
 *
 * So each record that is read claims the memory that it names: blocks, top
 * tables, and what backends add. When all records are read, the claims are
 * settled:
 *
 * * Memory that is claimed once belongs to the record that claimed it.
 * * Of several records the one on which most depends has it: the chains of the
 *   image have been checked as a whole, and what a unit or a domain names is
 *   compared with the live tables before it is used. The others are lost.
 * * Among equals nobody can tell who is right, and all of them are lost.
 *
 * Records that are lost for another reason claim nothing.
 */

#include <linux/iommu-liveupdate.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "check.h"
#include "claims.h"

#define CLAIMS_AT_FIRST		64

static int make_room(struct iommu_claims *claims)
{
	size_t capacity = max(claims->capacity * 2, CLAIMS_AT_FIRST);
	struct iommu_claim *array;

	if (claims->count < claims->capacity)
		return 0;

	array = kvrealloc(claims->array, array_size(capacity, sizeof(*array)),
			  GFP_KERNEL);
	if (!array)
		return -ENOMEM;
	claims->array = array;
	claims->capacity = capacity;
	return 0;
}

/**
 * iommu_claims_add - Take down that memory belongs to a record
 * @claims: All claims, iommu_claims::err is set if there is no memory
 * @claim: The claim
 *
 * Context: May sleep.
 */
void iommu_claims_add(struct iommu_claims *claims,
		      const struct iommu_claim *claim)
{
	if (!claims->err)
		claims->err = make_room(claims);
	if (!claims->err)
		claims->array[claims->count++] = *claim;
}

static int compare_claims(const void *a, const void *b)
{
	const struct iommu_claim *x = a, *y = b;

	return cmp_int(x->phys, y->phys) ?: cmp_int(x->rank, y->rank);
}

static void drop_claims_of_lost(struct iommu_claims *claims)
{
	size_t kept = 0;

	for (size_t i = 0; i < claims->count; i++)
		if (!claims->array[i].error->err)
			claims->array[kept++] = claims->array[i];
	claims->count = kept;
}

/* All claims of one page, the ones on which most depends first */
static void settle_page(struct iommu_claim *claim, size_t count)
{
	bool undecided = count > 1 && claim[0].rank == claim[1].rank;

	for (size_t i = undecided ? 0 : 1; i < count; i++)
		iommu_record_fail(claim[i].error, -EINVAL, claim[i].member,
				  claim[i].phys, "is claimed twice");
}

/**
 * iommu_claims_settle - Find memory that more than one record claims
 * @claims: All claims; the records that lose theirs get an error
 *
 * Context: Any.
 * Return: 0, or -ENOMEM if not all claims could be taken down: then no record
 * was touched.
 */
int iommu_claims_settle(struct iommu_claims *claims)
{
	struct iommu_claim *claim = claims->array;
	size_t count;

	if (claims->err)
		return claims->err;

	drop_claims_of_lost(claims);
	sort(claim, claims->count, sizeof(*claim), compare_claims, NULL);
	for (size_t i = 0; i < claims->count; i += count) {
		for (count = 1; i + count < claims->count; count++)
			if (claim[i + count].phys != claim[i].phys)
				break;
		settle_page(&claim[i], count);
	}
	return 0;
}

/**
 * iommu_claims_free - Forget all claims
 * @claims: All claims
 *
 * Context: May sleep.
 */
void iommu_claims_free(struct iommu_claims *claims)
{
	kvfree(claims->array);
	*claims = (struct iommu_claims){};
}

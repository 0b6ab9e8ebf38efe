/**
 * A shorter list that fails as well, from which nothing can be taken any more: halves are tried first, then ever
 * smaller pieces, then single ones.
 */
export async function shrink<T>(
	list: readonly T[],
	fails: (list: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
	let shortest = list;
	for (let size = Math.ceil(list.length / 2); size > 0; ) {
		const shorter = await withoutOnePiece(shortest, size, fails);
		if (shorter !== null) shortest = shorter;
		else size = size === 1 ? 0 : Math.ceil(size / 2);
	}
	return shortest;
}

async function withoutOnePiece<T>(
	list: readonly T[],
	size: number,
	fails: (list: readonly T[]) => Promise<boolean>,
): Promise<readonly T[] | null> {
	for (let end = list.length; end > 0; end -= size) {
		const rest = list.toSpliced(Math.max(0, end - size), Math.min(size, end));
		if (await fails(rest)) return rest;
	}
	return null;
}

/** In slices that one transaction takes: a decision keeps relays from claiming, so it must be short. */
export function* batchesOf<T>(all: readonly T[], size = 500): Generator<T[]> {
	for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

/** Does it for each, a number of them at the same time; the results are in the order of what they are for. */
export async function eachAtOnce<T, R>(all: readonly T[], atOnce: number, work: (one: T) => Promise<R>): Promise<R[]> {
	const results = new Array<R>(all.length);
	let next = 0;
	const worker = async () => {
		for (let index = next++; index < all.length; index = next++) results[index] = await work(all[index] as T);
	};
	await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
	return results;
}

import type { Scene, Story } from "./story.ts";

/** Whether a story still fails in the way that is looked for. */
type Fails = (story: Story) => Promise<boolean>;

/** Leaves out of a story what it fails without, until nothing more can be left out. */
export async function shrink(story: Story, fails: Fails): Promise<Story> {
	let smallest = story;
	for (;;) {
		const before = smallest;
		smallest = await withFewerScenes(smallest, fails);
		smallest = await withSmaller(smallest, fails, simplerSettings);
		smallest = await withSmaller(smallest, fails, smallerWrites);
		if (smallest === before) return smallest;
	}
}

/** Halves, quarters and so on are left out first: most of a story has nothing to do with it. */
async function withFewerScenes(story: Story, fails: Fails): Promise<Story> {
	let smallest = story;
	for (let size = Math.ceil(story.scenes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
		for (let from = 0; from < smallest.scenes.length; ) {
			const scenes = smallest.scenes.toSpliced(from, size);
			const smaller = { ...smallest, scenes };
			if (await fails(smaller)) smallest = smaller;
			else from += size;
		}
	}
	return smallest;
}

/** Takes the first of the smaller stories that fails, again and again. */
async function withSmaller(story: Story, fails: Fails, smallerOnes: (story: Story) => Iterable<Story>): Promise<Story> {
	let smallest = story;
	search: for (;;) {
		for (const smaller of smallerOnes(smallest)) {
			if (!(await fails(smaller))) continue;
			smallest = smaller;
			continue search;
		}
		return smallest;
	}
}

function* simplerSettings(story: Story): Generator<Story> {
	const { relays, triggers, scenes, concurrency } = story;
	if (relays > 1) {
		const isLeft = (scene: Scene) => !("relay" in scene) || scene.relay < relays - 1;
		yield { ...story, relays: relays - 1, scenes: scenes.filter(isLeft) };
	}
	if (concurrency > 1) yield { ...story, concurrency: 1 };
	for (const [n, trigger] of triggers.entries()) {
		const { id, atMostOnce, ...policy } = trigger;
		if (Object.values(policy).every((value) => value === null)) continue;
		const plain = { id, atMostOnce, maxAttempts: null, maxInFlight: null, ratePerSecond: null };
		yield { ...story, triggers: triggers.with(n, plain) };
	}
}

function* smallerWrites(story: Story): Generator<Story> {
	for (const [n, scene] of story.scenes.entries()) {
		if (scene.does !== "write") continue;
		const replaced = (changes: Partial<typeof scene>) => ({
			...story,
			scenes: story.scenes.with(n, { ...scene, ...changes }),
		});
		if (scene.events.length > 1)
			for (const k of scene.events.keys()) yield replaced({ events: scene.events.toSpliced(k, 1) });
		if (scene.holdMs > 1) yield replaced({ holdMs: 1 });
		for (const [k, event] of scene.events.entries()) {
			if (event.key !== null) yield replaced({ events: scene.events.with(k, { ...event, key: null }) });
			if (event.afterMs !== null) yield replaced({ events: scene.events.with(k, { ...event, afterMs: null }) });
		}
	}
}

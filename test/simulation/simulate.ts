import type { Violation } from "./invariants.ts";
import { QUIET } from "./make-story.ts";
import { play } from "./play.ts";
import type { Does, Scene, Story } from "./story.ts";
import type { Line } from "./trace.ts";
import { World } from "./world.ts";

/** Within this time after the last fault everything has come to rest: what a relay waits for at most, twice. */
const REST_WITHIN_MS = 180_000;
/** The same where everybody is woken: sooner than anything polls. */
const QUIET_REST_WITHIN_MS = 40_000;
/** Between two looks of a person at what needs one. */
const ATTEND_EVERY_MS = 15_000;
/** A hundred times what most stories take. */
const MOST_STEPS = 300_000;
const STOP_GRACE_MS = 10_000;

/** What became of a story. */
export interface Report {
	readonly seed: number;
	/** Null: all invariants held. */
	readonly violation: Violation | null;
	/** Of everything that happened: the same for the same story on every machine. */
	readonly hash: string;
	readonly steps: number;
	readonly simulatedMs: number;
	readonly events: number;
	readonly requests: number;
	/** Applications beyond the first of an event. */
	readonly doubled: number;
	/** Empty where nobody wanted them. */
	readonly lines: readonly Line[];
}

/** Runs a story to its end, or to the first violation. */
export async function simulate(story: Story, { keepsLines = false } = {}): Promise<Report> {
	const world = new World(story, keepsLines);
	for (const scene of story.scenes) world.timeline.after(scene.at, () => play(world, scene));
	const calmAt = Math.max(0, ...story.scenes.map((scene) => scene.at + lengthOf(scene))) + 1;
	world.timeline.after(calmAt, () => calmDown(world));
	const isQuiet = story.scenes.every(({ does }) => does === "write" || (QUIET as readonly Does[]).includes(does));
	const endAt = calmAt + (isQuiet ? QUIET_REST_WITHIN_MS : REST_WITHIN_MS);
	let steps = 0;
	let stopping: "no" | "begun" | "done" = "no";
	await eachTurn(() => {
		if (world.invariants.violation !== null || stopping === "done") return false;
		if (++steps > MOST_STEPS) world.invariants.violated("I8", `it goes on and on: ${MOST_STEPS} steps`);
		const goesOn = world.timeline.step(endAt);
		if (!goesOn) return false;
		if (stopping === "no" && world.timeline.now > calmAt && world.isAtRest) {
			stopping = "begun";
			void Promise.all(world.relays.map((relay) => relay.stop(STOP_GRACE_MS))).then(() => {
				stopping = "done";
			});
		}
		return true;
	});
	world.invariants.checkEnd();
	if ((stopping as string) === "begun") world.invariants.violated("I7", "a relay did not stop");
	return reportOf(world, steps);
}

/**
 * Runs a turn, everything that follows from it, then the next, until one says no. A tick is only come to when no
 * promise is left to go on: so nothing has to be waited for, and nothing real passes.
 */
function eachTurn(turn: () => boolean): Promise<void> {
	return new Promise((resolve, reject) => {
		const settled = Promise.resolve();
		const next = () => process.nextTick(run);
		function run() {
			try {
				if (turn()) settled.then(next);
				else resolve();
			} catch (error) {
				reject(error);
			}
		}
		// What has begun already goes first.
		settled.then(next);
	});
}

/** The last fault is over: whoever is away comes back, and nothing is in the way any more. */
function calmDown(world: World): void {
	const { database, receiver, road, relays, timeline } = world;
	database.comeUp();
	receiver.clearUp();
	receiver.rotateKey(world.key);
	road.clearUp();
	for (const [no, { process, link }] of relays.entries()) {
		process.goOn();
		process.spare();
		link.clearUp();
		if (process.isGone) world.startRelay(no);
	}
	const attend = () => {
		world.attend();
		timeline.after(ATTEND_EVERY_MS, attend);
	};
	attend();
}

/** Until when a scene has an effect of its own. Milliseconds. */
function lengthOf(scene: Scene): number {
	switch (scene.does) {
		case "write":
			return scene.holdMs;
		case "crash":
		case "restart database":
			return scene.downMs;
		case "stop":
			return scene.downMs + scene.graceMs;
		case "freeze":
		case "cut":
		case "slow link":
		case "hang in a claim":
		case "weather":
		case "trouble":
			return scene.ms;
		case "rotate key":
			return Math.abs(scene.fileMs);
		default:
			return 0;
	}
}

function reportOf({ story, invariants, trace, timeline, book }: World, steps: number): Report {
	const all = [...book.all];
	const applied = all.map(({ sent }) => sent.filter(({ isApplied }) => isApplied).length);
	return {
		seed: story.seed,
		violation: invariants.violation,
		hash: trace.hash,
		steps,
		simulatedMs: timeline.now,
		events: book.committed,
		requests: all.reduce((sum, { sent }) => sum + sent.length, 0),
		doubled: applied.reduce((sum, times) => sum + Math.max(0, times - 1), 0),
		lines: trace.lines,
	};
}

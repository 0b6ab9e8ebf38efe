import { expect, test } from "vitest";
import { WAKE_STEPS, type WakeEvent, type WakeMode, WakeModes, type WakeStep } from "../../src/relay/wake-mode.ts";
import { ManualClock } from "../timing/manual-clock.ts";

const MODES = Object.keys(WAKE_STEPS) as WakeMode[];
const EVENTS = Object.keys(WAKE_STEPS.standby) as WakeEvent[];

/** A relay's modes with a lock that is granted when the test says so. */
function modesByHand() {
	const clock = new ManualClock();
	const asked: string[] = [];
	const lock = { heldBy: null, request: () => void asked.push("request"), release: () => void asked.push("release") };
	let asksForLook = false;
	const modes = new WakeModes(clock, lock, (mustLook) => {
		asksForLook ||= mustLook;
	});
	/** Whether it has asked for a look since it was last asked. */
	const asksToLook = () => {
		const asks = asksForLook;
		asksForLook = false;
		return asks;
	};
	/** Looks every 10 ms for so long, finding events at that rate. */
	const look = (perSecond: number, ms: number) => {
		for (let elapsed = 0; elapsed < ms; elapsed += 10) {
			clock.advance(10);
			modes.looked(perSecond / 100, 1);
		}
	};
	return { clock, modes, asked, look, asksToLook };
}

test("the steps are those that Spin has checked", async () => {
	await expect(promela()).toMatchFileSnapshot("../../models/wake-steps.pml");
});

test("a relay listens once it is chosen and holds the lock, and looks once more when it does", () => {
	const { clock, modes, asked, asksToLook } = modesByHand();
	modes.looked(0, 1);
	expect([modes.mode, modes.lookAt, asksToLook()]).toEqual(["standby", Number.POSITIVE_INFINITY, false]);
	modes.choose(true);
	expect([modes.mode, asksToLook(), asked]).toEqual(["draining", true, ["request"]]);
	modes.looked(0, 1);
	clock.advance(3);
	modes.on("held");
	expect([modes.mode, asksToLook()]).toEqual(["listening", true]);
	modes.looked(0, 1);
	expect([modes.lookAt, asksToLook(), asked]).toEqual([Number.POSITIVE_INFINITY, false, ["request"]]);
});

test("while old transactions keep the lock from it, it looks ever more seldom", () => {
	const { clock, modes } = modesByHand();
	modes.choose(true);
	let looks = 0;
	for (const end = clock.now() + 60_000; clock.now() < end; looks++) {
		modes.looked(0, 1);
		clock.advance(modes.lookAt - clock.now());
	}
	expect(looks).toBeLessThan(20);
});

test("it stops asking as soon as events arrive fast, or there are more than it has room for; and asks again when it is quiet", () => {
	const { modes, asked, look } = modesByHand();
	modes.choose(true);
	modes.on("held");
	look(1_000, 1_000);
	expect([modes.mode, asked]).toEqual(["polling", ["request", "release"]]);
	look(0, 3_000);
	expect([modes.mode, asked]).toEqual(["draining", ["request", "release", "release", "request"]]);
	modes.on("held");
	modes.behind();
	expect(modes.mode).toBe("polling");
	expect(asked.at(-1)).toBe("release");
});

test("it stops asking as soon as writers begin to wait for each other's notifications, however few they are", () => {
	const { clock, modes } = modesByHand();
	modes.choose(true);
	modes.on("held");
	// A commit takes 5 ms: no more than 200 in a second can notify, one after the other.
	for (let n = 0; n < 30; n++) modes.looked(1, 5);
	clock.advance(1_000);
	const quick = () => {
		for (let n = 0; n < 5; n++) modes.notified();
	};
	quick();
	expect(modes.mode).toBe("listening");
	// Spread over seconds they are in nobody's way.
	for (let n = 0; n < 20; n++) {
		clock.advance(50);
		modes.notified();
		expect(modes.mode).toBe("listening");
	}
	clock.advance(300);
	for (let n = 0; n < 13; n++) modes.notified();
	expect(modes.mode).toBe("polling");
});

test("where commits are quick, it goes on asking at such a rate", () => {
	const { clock, modes } = modesByHand();
	modes.choose(true);
	modes.on("held");
	for (let n = 0; n < 500; n++) {
		clock.advance(10);
		modes.notified();
		modes.looked(1, 0.5);
	}
	expect(modes.mode).toBe("listening");
});

test("a single burst does not make it stop asking", () => {
	const { modes, look } = modesByHand();
	modes.choose(true);
	modes.on("held");
	look(0, 2_000);
	modes.looked(50, 1);
	look(0, 2_000);
	expect(modes.mode).toBe("listening");
});

test("when another relay asks, it gives the lock up; when the lock is lost, it asks anew", () => {
	const { modes, asked } = modesByHand();
	modes.choose(true);
	modes.on("held");
	modes.on("lost");
	expect([modes.mode, asked]).toEqual(["draining", ["request", "request"]]);
	modes.choose(false);
	expect([modes.mode, asked.at(-1)]).toEqual(["standby", "release"]);
});

test("a lock that comes when it is no longer wanted is given back", () => {
	for (const mode of ["standby", "polling"] as const) expect(WAKE_STEPS[mode].held.lock).toBe("release");
});

/** The table as the model reads it. */
function promela(): string {
	const head = "/* Made from WAKE_STEPS in src/relay/wake-mode.ts by test/relay/wake-mode.test.ts (vitest -u). */\n";
	return `${head}${EVENTS.map(inlineOf).join("")}`;
}

function inlineOf(event: WakeEvent): string {
	const branches = MODES.map((mode) => `\t:: mode == ${mode} -> ${effects(mode, WAKE_STEPS[mode][event])}\n`);
	return `\ninline on_${event}() {\n\tif\n${branches.join("")}\tfi\n}\n`;
}

function effects(before: WakeMode, { mode, lock, look }: WakeStep): string {
	const parts = [
		...(mode === before ? [] : [`mode = ${mode}`]),
		...(lock === undefined ? [] : [lock.toUpperCase()]),
		...(look ? ["look = true"] : []),
	];
	return parts.length === 0 ? "skip" : parts.join("; ");
}

import { LEASE_MS } from "../stage.ts";
import type { Fault } from "./fault.ts";

const HOUR_S = 3_600;
/** Of the clock that is set: for as long as it takes to be noticed, and a little. */
const CLOCK_MS = 2_500;

export const RELAY_FAULTS: readonly Fault[] = [
	{
		name: "a relay is killed (SIGKILL)",
		weight: 5,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			await stage.fleet.kill(chance.below(stage.fleet.size));
			return undefined;
		},
	},
	{
		name: "all relays are killed at once",
		weight: 2,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage) => {
			await Promise.all(Array.from({ length: stage.fleet.size }, (_, slot) => stage.fleet.kill(slot)));
			return undefined;
		},
	},
	{
		name: "a relay is frozen for less than its lease",
		weight: 2,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			const thaw = stage.fleet.freeze(chance.below(stage.fleet.size));
			await stage.wait(chance.between(100, LEASE_MS / 2));
			thaw();
			return undefined;
		},
	},
	{
		name: "a relay is frozen for longer than its lease",
		weight: 1,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			const thaw = stage.fleet.freeze(chance.below(stage.fleet.size));
			await stage.wait(LEASE_MS + chance.between(500, 2_500));
			thaw();
			return undefined;
		},
	},
	{
		name: "relays are restarted, one after the other (SIGTERM)",
		weight: 1,
		mayCoincide: false,
		hitsWriters: false,
		strike: async (stage) => {
			for (let slot = 0; slot < stage.fleet.size && !stage.signal.aborted; slot++) {
				await stage.fleet.restart(slot);
				await stage.untilRelaysAreUp();
			}
			return undefined;
		},
	},
	{
		name: "relays of another version take the place of some, one after the other",
		weight: 2,
		mayCoincide: false,
		hitsWriters: false,
		strike: async (stage, chance) => {
			const deployed = Array.from({ length: stage.fleet.size }, () => chance.happens(0.5));
			if (stage.older === null) return { skipped: "there is no history to take another version from" };
			for (const [slot, isOlder] of deployed.entries()) {
				if (stage.signal.aborted) break;
				await stage.fleet.deploy(slot, isOlder ? stage.older.program : null);
				await stage.untilRelaysAreUp();
			}
			return { note: `${deployed.filter((isOlder) => isOlder).length} of ${deployed.length} are old now` };
		},
	},
	{
		name: "a relay's clock is set, hours ahead or back",
		weight: 1,
		mayCoincide: true,
		hitsWriters: false,
		strike: async (stage, chance) => {
			const hours = chance.between(1, 30) * (chance.happens(0.5) ? 1 : -1);
			if (stage.clock === null) return { skipped: "libfaketime is not installed" };
			stage.clock.set(Math.round(hours * HOUR_S));
			await stage.wait(CLOCK_MS);
			stage.clock.set(0);
			return undefined;
		},
	},
];

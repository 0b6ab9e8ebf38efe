import type { Outcome } from "../../src/event/outcome.ts";
import { Dispatcher, type DispatcherOptions } from "../../src/relay/dispatcher.ts";
import type { RelayPort } from "../../src/relay/port.ts";
import { UNSHARED } from "../../src/relay/request-budget.ts";
import type { ClaimedEvent } from "../../src/store/claim.ts";
import type { Clock } from "../../src/timing/clock.ts";

/** A port behind which nothing happens but what a test says. */
export function portWith(port: Partial<RelayPort> = {}): RelayPort {
	return {
		claimed() {},
		mayBeSentUntil: () => Number.POSITIVE_INFINITY,
		deliver() {},
		giveBack() {},
		givenBack() {},
		recorded() {},
		dueIn() {},
		reapable() {},
		databaseIsBack() {},
		databaseMoved() {},
		databasePauseChanged() {},
		keyPauseChanged() {},
		keyReloaded() {},
		beat: async () => {},
		beside() {},
		condition: () => ({ listener: "listening", pause: null, holding: null }),
		openLeases: () => [],
		attemptUnder: () => null,
		reaped() {},
		holding: () => null,
		isWorking: () => false,
		isAble: () => true,
		...port,
	};
}

/** A dispatcher whose events go to `send`; what it answers is on record at once. */
export function dispatcherTo(
	send: (event: ClaimedEvent) => Promise<Outcome>,
	options: Pick<DispatcherOptions, "concurrency"> & { readonly clock: Clock },
	port: Partial<RelayPort> = {},
): Dispatcher {
	const deliver: RelayPort["deliver"] = async ({ event, startedAt }) => {
		dispatcher.answered(event, startedAt, await send(event));
		dispatcher.recorded(1);
	};
	const dispatcher: Dispatcher = new Dispatcher({
		random: () => 0.5,
		shared: UNSHARED,
		...options,
		port: portWith({ deliver, ...port }),
	});
	return dispatcher;
}

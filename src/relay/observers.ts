import type { RelayObserver } from "./parts.ts";

/** Tells all of them. */
export function everyObserver(observers: readonly RelayObserver[]): RelayObserver {
	const tell = <Name extends keyof RelayObserver>(name: Name) =>
		((...what: Parameters<RelayObserver[Name]>) => {
			for (const observer of observers) (observer[name] as (...what: unknown[]) => void)(...what);
		}) as RelayObserver[Name];
	return {
		attempt: tell("attempt"),
		claimed: tell("claimed"),
		settled: tell("settled"),
		settleFailed: tell("settleFailed"),
		lost: tell("lost"),
		givenBack: tell("givenBack"),
		reaped: tell("reaped"),
		paused: tell("paused"),
	};
}

/** Hears nothing. */
export const SILENT_OBSERVER: RelayObserver = {
	attempt() {},
	claimed() {},
	settled() {},
	settleFailed() {},
	lost() {},
	givenBack() {},
	reaped() {},
	paused() {},
};

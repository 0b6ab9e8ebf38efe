import type { RelayObserver } from "./parts.ts";

/** Tells all of them. */
export function everyObserver(observers: readonly RelayObserver[]): RelayObserver {
	return {
		attempt: (...what) => {
			for (const observer of observers) observer.attempt(...what);
		},
		claimed: (...what) => {
			for (const observer of observers) observer.claimed(...what);
		},
		expired: (count) => {
			for (const observer of observers) observer.expired(count);
		},
		paused: (scope) => {
			for (const observer of observers) observer.paused(scope);
		},
	};
}

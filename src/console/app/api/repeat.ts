import { AGAIN_EVERY_MS, isPassing } from "./failure.ts";

interface Asked<Data> {
	readonly state: { readonly data: Data | undefined; readonly error: unknown };
}

/**
 * How often something is read anew, for `refetchInterval`. What could not be answered and may be a moment later is
 * asked again all the same, so that no page stays broken after an outage.
 * @param ms false: only when somebody asks
 */
export function every<Data>(ms: number | false | ((data: Data | undefined) => number)) {
	return ({ state }: Asked<Data>): number | false => {
		if (isPassing(state.error)) return AGAIN_EVERY_MS;
		return typeof ms === "function" ? ms(state.data) : ms;
	};
}

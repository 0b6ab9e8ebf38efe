import { useMemo, useSyncExternalStore } from "react";

// What the viewer chose, kept in his browser. A browser that keeps nothing (private windows, full disks) forgets it
// with the page.

const PREFIX = "reward-outbox.";
const memory = new Map<string, string>();
const listeners = new Set<() => void>();

export function readStored(name: string): string | null {
	try {
		return memory.get(name) ?? localStorage.getItem(PREFIX + name);
	} catch {
		return memory.get(name) ?? null;
	}
}

export function store(name: string, value: string): void {
	memory.set(name, value);
	try {
		localStorage.setItem(PREFIX + name, value);
	} catch {
		// Kept in memory then.
	}
	for (const listener of listeners) listener();
}

/** Tells when something was chosen. Returns what ends it. */
export const onStored = subscribe;

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

/** A choice among a few. What is stored and not among them counts as the first. */
export function useStored<Value extends string>(
	name: string,
	values: readonly [Value, ...Value[]],
): [Value, (value: Value) => void] {
	const stored = useSyncExternalStore(subscribe, () => readStored(name));
	return [values.find((value) => value === stored) ?? values[0], (value) => store(name, value)];
}

/** A list or an object. What cannot be read counts as null. */
export function useStoredJson(name: string): [unknown, (value: unknown) => void] {
	const stored = useSyncExternalStore(subscribe, () => readStored(name));
	const value = useMemo(() => parsed(stored), [stored]);
	return [value, (next) => store(name, JSON.stringify(next))];
}

function parsed(text: string | null): unknown {
	try {
		return text === null ? null : JSON.parse(text);
	} catch {
		return null;
	}
}

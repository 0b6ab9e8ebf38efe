import { useSyncExternalStore } from "react";

const TICK_MS = 1000;

/** Server's clock minus ours, as the latest answer had it. Milliseconds. */
let offsetMs = 0;
/** The server's time at the last tick: all ages on the page are of one moment. */
let current = Date.now();

/** Ages are measured on the database's clock: a computer that is wrong by minutes shows them right all the same. */
export function noticeServerTime(answer: unknown): void {
	if (typeof answer !== "object" || answer === null || !("now" in answer)) return;
	const at = Date.parse(String(answer.now));
	if (Number.isNaN(at)) return;
	offsetMs = at - Date.now();
	current = serverNow();
}

export function serverNow(): number {
	return Date.now() + offsetMs;
}

const listeners = new Set<() => void>();
let timer: number | undefined;

function tick(): void {
	current = serverNow();
	for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	timer ??= window.setInterval(() => {
		if (!document.hidden) tick();
	}, TICK_MS);
	return () => {
		listeners.delete(listener);
		if (listeners.size > 0) return;
		window.clearInterval(timer);
		timer = undefined;
	};
}

/**
 * A text that depends on the time, such as an age: looked at every second while the tab is visible, rendered when it
 * changes.
 */
export function useTimedText(textAt: (nowMs: number) => string): string {
	return useSyncExternalStore(subscribe, () => textAt(current));
}

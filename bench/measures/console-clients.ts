import { setTimeout as sleep } from "node:timers/promises";

/** What the clients of one turn got. */
export interface Asked {
	answered: number;
	/** Cut off by the statement timeout, or because its turn did not come in time: 503. */
	cutOff: number;
	/** Put off for other reasons: too many exports at once (503), too many requests of one person (429). */
	putOff: number;
	/** Whatever else came back, and answers that do not hold what was asked for. */
	wrong: number;
	/** Milliseconds of each answer. */
	readonly tookMs: number[];
	/** Of the first that was wrong. */
	complaint: string | null;
}

interface Ask {
	readonly path: string;
	/** With one it is a POST. */
	readonly body?: object;
	/** Whether the answer is what was asked for. */
	readonly isRight: (text: string) => boolean;
}

export const CLIENTS = 4;
/** Of the events on record, one in so many is of the trigger that is searched for. */
export const RARE_EVERY = 20_000;

const EXPORTED = 10_000;
/** Of a client that was told to wait: less than it was told, so that the load stays. */
const PAUSE_MS = 100;
const secretOf = (client: number) => `bench-console-client-${client}-${"x".repeat(32)}`;

/** A token for each client: there is a limit to the requests of one person. */
export const TOKEN_LINES = Array.from({ length: CLIENTS }, (_, i) => `client${i} operator ${secretOf(i)}\n`).join("");

const events = (
	query: Readonly<Record<string, string>>,
	isRight: (events: { trigger_id: string }[]) => boolean,
): Ask => ({
	path: `/events?${new URLSearchParams({ limit: "200", ...query })}`,
	isRight: (text) => isRight(JSON.parse(text).events),
});
const none = (found: readonly unknown[]) => found.length === 0;
const preview = (filter: object, isRight: (preview: { matching: number }) => boolean): Ask => ({
	path: "/bulk/preview",
	body: { action: "retry", filter, allow_duplicates: true },
	isRight: (text) => isRight(JSON.parse(text)),
});

/** The heaviest that the console offers. What is found in a moment is not among them. */
const ASKS: readonly Ask[] = [
	events({ trigger: "rare" }, (found) => found.every(({ trigger_id }) => trigger_id === "rare")),
	events({ metadata: '{"order_id":-1}' }, none),
	preview({ status: "delivered" }, ({ matching }) => matching > 0),
	events({ source: "nobody" }, none),
	events({ trigger: "never", since: "30d", until: "1s" }, none),
	{ path: "/overview", isRight: (text) => typeof JSON.parse(text).now === "string" },
	events({ status: "delivered", trigger: "never" }, none),
	// Those of this very second are found, whatever their number.
	events({ status: "pending" }, (found) => found.every(({ trigger_id }) => trigger_id === "bench")),
	{ path: `/events/export?format=csv&max=${EXPORTED}`, isRight: (text) => text.trimEnd().split("\r\n").length > 1 },
	preview({ trigger: "never" }, ({ matching }) => matching === 0),
	{ path: "/series?minutes=10080", isRight: (text) => JSON.parse(text).points.length > 0 },
];

/** Clients that ask one thing after the other, each beginning with another one, until the signal. */
export async function askAllTheTime(port: number, stop: AbortSignal): Promise<Asked> {
	const asked: Asked = { answered: 0, cutOff: 0, putOff: 0, wrong: 0, tookMs: [], complaint: null };
	const client = async (index: number) => {
		const first = Math.floor((index * ASKS.length) / CLIENTS);
		for (let next = first; !stop.aborted; next++) {
			try {
				await ask(port, secretOf(index), ASKS[next % ASKS.length] as Ask, asked, stop);
			} catch (error) {
				if (stop.aborted) return;
				asked.wrong++;
				asked.complaint ??= String(error);
			}
		}
	};
	await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
	return asked;
}

async function ask(
	port: number,
	secret: string,
	{ path, body, isRight }: Ask,
	asked: Asked,
	signal: AbortSignal,
): Promise<void> {
	const begunAt = performance.now();
	const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
		method: body === undefined ? "GET" : "POST",
		headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
		body: body === undefined ? null : JSON.stringify(body),
		signal,
	});
	const text = await response.text();
	if (response.status === 200 && isRight(text)) {
		asked.answered++;
		asked.tookMs.push(performance.now() - begunAt);
		return;
	}
	const code = response.status === 200 ? "another answer" : JSON.parse(text).code;
	if (code === "too_slow" || code === "too_busy") asked.cutOff++;
	else if (code === "too_many_exports" || response.status === 429) asked.putOff++;
	else {
		asked.wrong++;
		asked.complaint ??= `${path}: ${response.status} ${text.slice(0, 200)}`;
	}
	if (response.status !== 200) await sleep(PAUSE_MS, undefined, { signal });
}

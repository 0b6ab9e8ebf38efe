import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { beforeEach, describe, expect, test } from "vitest";
import { emit, emitMany } from "../../src/index.ts";
import { relayDatabase, startRelay, untilAll } from "../relay/running.ts";
import { insert } from "../store/events.ts";
import type { TestDatabase } from "../support/database.ts";
import { answer, startScriptedReward, success } from "../support/scripted-reward.ts";
import { registerSdk, traceIdOf } from "./recording.ts";

const sdk = registerSdk();
const CLAIM = "reward_outbox claim";
const SEND = "POST /v1/triggers/{trigger}/users/{user}/events";
const SETTLE = "reward_outbox settle";
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

beforeEach(() => sdk.reset());

async function delivered(write: (database: TestDatabase) => Promise<unknown>, events = 1) {
	await using database = await relayDatabase();
	await using reward = await startScriptedReward();
	const relay = await startRelay(database, reward);
	await write(database);
	await untilAll(database, { delivered: events });
	await relay.stop(2_000);
	return { requests: reward.requests, url: new URL(reward.url) };
}

async function inTransaction(database: TestDatabase, sql: readonly string[]): Promise<void> {
	const client = await database.pool.connect();
	try {
		for (const statement of ["BEGIN", ...sql, "COMMIT"]) await client.query(statement);
	} finally {
		client.release();
	}
}

const metadataOf = async (database: TestDatabase) =>
	(await database.query("SELECT metadata FROM reward_outbox.outbox ORDER BY seq")).rows.map((row) => row["metadata"]);

describe("a writer's trace goes on through claim, send and settle", () => {
	const writers: [string, (database: TestDatabase) => Promise<unknown>][] = [
		[
			"from the metadata of a plain INSERT",
			(database) =>
				database.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id, metadata) VALUES ('t', 'u', $1)", [
					{ traceparent: TRACEPARENT },
				]),
		],
		[
			"from the setting, with emit()",
			(database) =>
				inTransaction(database, [
					`SET LOCAL reward_outbox.traceparent = '${TRACEPARENT}'`,
					"SELECT reward_outbox.emit('t', 'u')",
				]),
		],
	];

	test.each(writers)("%s", async (_, write) => {
		await delivered(write);
		expect(sdk.all().map(({ name }) => name)).toEqual([CLAIM, SEND, SETTLE]);
		for (const span of sdk.all()) {
			expect(span.spanContext().traceId).toBe(TRACE_ID);
			expect(span.parentSpanContext).toMatchObject({ spanId: "b7ad6b7169203331", isRemote: true });
		}
	});

	test("from the active span in TypeScript", async () => {
		await delivered(
			(database) =>
				trace.getTracer("shop").startActiveSpan("checkout", async (span) => {
					const client = await database.pool.connect();
					await client.query("BEGIN");
					await emit(client, { trigger: "t", user: "u", metadata: { order_id: 4711 } });
					await emitMany(client, [{ trigger: "t", user: "u" }]);
					await client.query("COMMIT");
					client.release();
					span.end();
				}),
			2,
		);
		const [checkout] = sdk.spans("checkout");
		for (const name of [CLAIM, SEND, SETTLE]) {
			expect(sdk.spans(name).map((span) => span.parentSpanContext?.spanId)).toEqual(
				Array.from({ length: 2 }, () => checkout?.spanContext().spanId),
			);
		}
	});

	test("an event without one begins a trace of its own", async () => {
		await delivered((database) => insert(database.pool, {}, 2), 2);
		const roots = sdk.spans(CLAIM);
		expect(new Set(roots.map(traceIdOf)).size).toBe(2);
		for (const name of [SEND, SETTLE])
			expect(
				sdk
					.spans(name)
					.map((span) => span.parentSpanContext?.spanId)
					.sort(),
			).toEqual(roots.map((span) => span.spanContext().spanId).sort());
	});
});

describe("a request", () => {
	test("is a client span by the conventions for HTTP, without the user", async () => {
		const { requests, url } = await delivered((database) =>
			insert(database.pool, { user: "somebody", trigger: "pay/ment" }),
		);
		const [span] = sdk.spans(SEND);
		expect(span).toMatchObject({ kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET } });
		expect(span?.attributes).toEqual({
			"http.request.method": "POST",
			"http.response.status_code": 200,
			"server.address": "127.0.0.1",
			"server.port": Number(url.port),
			"network.protocol.version": "1.1",
			"url.full": `${url.origin}/v1/triggers/pay%2Fment/users/REDACTED/events`,
			"url.template": "/v1/triggers/{trigger}/users/{user}/events",
			"reward_outbox.event_id": expect.any(String),
			"reward_outbox.trigger_id": "pay/ment",
			"reward_outbox.attempt": 1,
			"reward_outbox.outcome": "accepted",
		});
		expect(JSON.stringify(sdk.all().map(({ attributes, name }) => ({ attributes, name })))).not.toContain("somebody");
		// Reward documents no such header.
		expect(Object.keys(requests[0]?.headers ?? {})).not.toContain("traceparent");
	});

	test("is out of reach of what instruments HTTP clients", async () => {
		const suppressed: unknown[] = [];
		const hear = () => {
			suppressed.push(context.active().getValue(Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING")));
		};
		subscribe("undici:request:create", hear);
		await delivered((database) => insert(database.pool, {}, 3), 3);
		unsubscribe("undici:request:create", hear);
		expect(suppressed).toEqual([true, true, true]);
	});

	test("that fails says so, and its retry is linked to the first attempt", async () => {
		await using database = await relayDatabase();
		await using reward = await startScriptedReward();
		reward.enqueue(answer(503, "down"), answer(503, "down"), success());
		const relay = await startRelay(database, reward);
		await insert(database.pool);
		await untilAll(database, { delivered: 1 });
		await relay.stop(2_000);
		const [first, second, third] = sdk.spans(SEND);
		expect(first).toMatchObject({ status: { code: SpanStatusCode.ERROR }, links: [] });
		expect(first?.attributes).toMatchObject({ "error.type": "503", "reward_outbox.outcome": "ambiguous" });
		for (const retry of [second, third])
			expect(retry?.links).toEqual([expect.objectContaining({ context: first?.spanContext() })]);
		expect(third?.attributes).toMatchObject({ "http.request.resend_count": 2, "reward_outbox.attempt": 3 });
		expect(sdk.spans(SETTLE).map(({ attributes }) => attributes["reward_outbox.next"])).toEqual([
			"pending",
			"pending",
			"delivered",
		]);
	});
});

describe("what a writer passes", () => {
	const emitted = async (settings: readonly string[], metadata = "NULL") => {
		await using database = await relayDatabase();
		await inTransaction(database, [
			...settings.map((setting) => `SET LOCAL reward_outbox.${setting}`),
			`SELECT reward_outbox.emit('t', 'u', metadata => ${metadata})`,
		]);
		// The setting ends with the transaction.
		await database.query("SELECT reward_outbox.emit('t', 'u')");
		return await metadataOf(database);
	};

	test("by setting is in the metadata, until the end of the transaction", async () => {
		expect(await emitted([`traceparent = '${TRACEPARENT}'`, "tracestate = 'a=b'"], `'{"order_id": 1}'`)).toEqual([
			{ order_id: 1, traceparent: TRACEPARENT, tracestate: "a=b" },
			null,
		]);
	});

	test.each(["nonsense", "", `${TRACEPARENT}x`, `00-${TRACE_ID}`])(
		"as %j costs nothing but the trace",
		async (traceparent) => {
			expect(await emitted([`traceparent = '${traceparent}'`])).toEqual([null, null]);
		},
	);

	test("in the metadata wins over the setting", async () => {
		const own = `'{"traceparent": "mine"}'`;
		expect(await emitted([`traceparent = '${TRACEPARENT}'`], own)).toEqual([{ traceparent: "mine" }, null]);
	});

	test("in the metadata wins over the active span, and a full metadata is left alone", async () => {
		await using database = await relayDatabase();
		const full = { text: "x".repeat(65_500) };
		await trace.getTracer("shop").startActiveSpan("checkout", async (span) => {
			const client = await database.pool.connect();
			await client.query("BEGIN");
			await emit(client, { trigger: "t", user: "u", metadata: { traceparent: null } });
			await emit(client, { trigger: "t", user: "u", metadata: full });
			await emit(client, { trigger: "t", user: "u", metadata: {} });
			await client.query("COMMIT");
			client.release();
			span.end();
			const { traceId, spanId } = span.spanContext();
			expect(await metadataOf(database)).toEqual([
				{ traceparent: null },
				full,
				{ traceparent: `00-${traceId}-${spanId}-01` },
			]);
		});
	});

	test.each([`ff-${TRACE_ID}-b7ad6b7169203331-01`, `00-${"0".repeat(32)}-b7ad6b7169203331-01`, "x".repeat(55)])(
		"as %s in the metadata is no parent, and the event is delivered",
		async (traceparent) => {
			await delivered((database) =>
				database.query("INSERT INTO reward_outbox.outbox (trigger_id, user_id, metadata) VALUES ('t', 'u', $1)", [
					{ traceparent },
				]),
			);
			expect(sdk.spans(CLAIM).map((span) => span.parentSpanContext)).toEqual([undefined]);
		},
	);
});

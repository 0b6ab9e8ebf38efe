import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { launchChromium } from "./chromium.ts";
import { type ConsoleUnderTest, startConsole } from "./console-under-test.ts";
import { Visitor, type VisitorOptions } from "./visitor.ts";

const DELIVERY_MS = 10_000;

interface NewEvent {
	readonly user: string;
	readonly trigger?: string;
	/** JSON text. */
	readonly payload?: string;
	readonly metadata?: string;
	readonly idempotencyKey?: string;
	readonly orderingKey?: string;
	readonly deliverAfter?: string;
}

/** One browser, one database, one relay and one console for a file of tests. */
export interface Stage {
	readonly site: ConsoleUnderTest;
	readonly database: TestDatabase;
	visitor(options?: VisitorOptions): Promise<Visitor>;
	/** Commits an event; its id. */
	write(event: NewEvent): Promise<string>;
	/** Waits until the event has the status. */
	becomes(id: string, status: string): Promise<void>;
}

export function useConsole(): Stage {
	let browser: Browser | undefined;
	let site: ConsoleUnderTest | undefined;
	let database: TestDatabase | undefined;
	beforeAll(async () => {
		[browser, database] = await Promise.all([launchChromium(), createTestDatabase()]);
		site = await startConsole(database.url);
	});
	afterAll(async () => {
		await browser?.close();
		await site?.[Symbol.asyncDispose]();
		await database?.drop();
	});
	const there = <Part>(part: Part | undefined): Part => {
		if (part === undefined) throw new Error("the stage is there only while tests run");
		return part;
	};
	return {
		get site() {
			return there(site);
		},
		get database() {
			return there(database);
		},
		visitor: (options) => Visitor.arrive(there(browser), there(site), options),
		write: (event) => writeEvent(there(database), event),
		becomes: (id, status) => becomes(there(database), id, status),
	};
}

const WRITE = `SELECT reward_outbox.emit(trigger_id => $1, user_id => $2, payload => $3::jsonb, metadata => $4::jsonb,
  idempotency_key => $5, ordering_key => $6, deliver_after => $7::timestamptz) AS id`;

async function writeEvent(database: TestDatabase, event: NewEvent): Promise<string> {
	const { rows } = await database.query<{ id: string }>(WRITE, [
		event.trigger ?? "successful_payment",
		event.user,
		event.payload ?? '{"value": 19.99}',
		event.metadata ?? null,
		event.idempotencyKey ?? null,
		event.orderingKey ?? null,
		event.deliverAfter ?? null,
	]);
	return (rows[0] as { id: string }).id;
}

async function becomes(database: TestDatabase, id: string, status: string): Promise<void> {
	const check = async () => expect(await statusOf(database, id)).toBe(status);
	await vi.waitFor(check, { timeout: DELIVERY_MS, interval: 50 });
}

async function statusOf(database: TestDatabase, id: string): Promise<string | undefined> {
	const { rows } = await database.query<{ status: string }>("SELECT status FROM reward_outbox.events WHERE id = $1", [
		id,
	]);
	return rows[0]?.status;
}

/** What an application's tests need: without a database, with one, and with a stand-in for Reward. */
export { OutboxError } from "../errors.ts";
export type { Application as ReceivedEvent } from "../sandbox/ledger.ts";
export { type Sandbox, type SandboxOptions, startSandbox } from "../sandbox/sandbox.ts";
export { type EventDatabase, type ExpectedEvent, type ExpectOptions, expectEvents } from "./expect-events.ts";
export { type AnswerQuery, type FakeTransaction, fakeTransaction } from "./fake-transaction.ts";
export type { RecordedEvent } from "./recorded-event.ts";
export { schemaSql } from "./schema-sql.ts";

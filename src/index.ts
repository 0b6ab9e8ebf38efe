/**
 * The client: what an application imports to write events. It refers to nothing else, neither to the relay
 * (`reward-outbox/relay`) nor to a database driver, so that a bundler finds nothing else.
 */

export type { DrizzleHandle } from "./client/adapters/drizzle.ts";
export type { KnexHandle } from "./client/adapters/knex.ts";
export type { KyselyHandle } from "./client/adapters/kysely.ts";
export type { MikroOrmHandle } from "./client/adapters/mikro-orm.ts";
export type { PgHandle } from "./client/adapters/pg.ts";
export type { PgPromiseHandle } from "./client/adapters/pg-promise.ts";
export type { PgliteHandle } from "./client/adapters/pglite.ts";
export type { PostgresJsHandle } from "./client/adapters/postgres-js.ts";
export type { PrismaHandle } from "./client/adapters/prisma.ts";
export type { SequelizeHandle } from "./client/adapters/sequelize.ts";
export type { SlonikHandle } from "./client/adapters/slonik.ts";
export type { TypeOrmHandle } from "./client/adapters/typeorm.ts";
export { type Decimal, type DecimalLike, decimal } from "./client/decimal.ts";
export type { TemporalLike } from "./client/deliver-after.ts";
export { emit, emitMany } from "./client/emit.ts";
export {
	createEmitter,
	type Emitter,
	type EventOf,
	type PayloadsOf,
	type TriggerPayloads,
	type TriggerSchemas,
} from "./client/emitter.ts";
export {
	EmitError,
	type EventRule,
	InvalidEventError,
	InvalidPayloadError,
	type NoTransactionReason,
	NotInTransactionError,
	OutboxSetupError,
	type SetupReason,
	UnsupportedTransactionError,
} from "./client/errors.ts";
export type { EmitOptions, EventInput } from "./client/event-input.ts";
export type { TransactionHandle } from "./client/executor.ts";
export type { JsonNumber, JsonObjectOf, JsonOf, PayloadOf } from "./client/json-type.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./client/standard-schema.ts";
export { OutboxError } from "./errors.ts";

import type { Adapter, Executor, Wrapper } from "./adapter.ts";
import { type DrizzleHandle, drizzle } from "./adapters/drizzle.ts";
import { type KnexHandle, knex } from "./adapters/knex.ts";
import { type KyselyHandle, kysely } from "./adapters/kysely.ts";
import { type MikroOrmHandle, mikroOrm } from "./adapters/mikro-orm.ts";
import { type PgHandle, pg } from "./adapters/pg.ts";
import { type PgPromiseHandle, pgPromise } from "./adapters/pg-promise.ts";
import { type PgliteHandle, pglite } from "./adapters/pglite.ts";
import { type PostgresJsHandle, postgresJs } from "./adapters/postgres-js.ts";
import { type PrismaHandle, prisma } from "./adapters/prisma.ts";
import { type SequelizeHandle, sequelize } from "./adapters/sequelize.ts";
import { type SlonikHandle, slonik } from "./adapters/slonik.ts";
import { type TypeOrmHandle, typeOrm } from "./adapters/typeorm.ts";
import { NotInTransactionError, UnsupportedTransactionError } from "./errors.ts";
import { setupError } from "./setup-error.ts";
import { hasSqlState, IN_FAILED_TRANSACTION } from "./sql-state.ts";

/**
 * What the caller's transaction may be: a connected pg client inside BEGIN, or a transaction of postgres.js, Kysely,
 * Knex, Drizzle, Prisma, TypeORM, Sequelize, MikroORM, pg-promise, Slonik, PGlite or Bun's SQL. The types take those
 * libraries' pools too, for `outsideTransaction: "allow"`.
 */
export type TransactionHandle =
	| PgHandle
	| PostgresJsHandle
	| KyselyHandle
	| KnexHandle
	| DrizzleHandle
	| PrismaHandle
	| TypeOrmHandle
	| SequelizeHandle
	| MikroOrmHandle
	| PgPromiseHandle
	| SlonikHandle
	| PgliteHandle;

const ADAPTERS = [
	bind(kysely),
	bind(knex),
	bind(postgresJs),
	bind(prisma),
	bind(typeOrm),
	bind(sequelize),
	bindWrapper(drizzle),
	bindWrapper(mikroOrm),
	bind(pgPromise),
	bind(slonik),
	bind(pglite),
	bind(pg),
];

/** @throws UnsupportedTransactionError when no adapter recognises it. */
export function executorOf(handle: unknown): Executor {
	if ((typeof handle === "object" && handle !== null) || typeof handle === "function") {
		for (const adapter of ADAPTERS) {
			const executor = adapter(handle);
			if (executor) return executor;
		}
	}
	throw new UnsupportedTransactionError(
		"the first argument must be the transaction to write the event in: of pg, postgres.js, Kysely, Knex, Drizzle, Prisma, " +
			"TypeORM, Sequelize, MikroORM, pg-promise, Slonik, PGlite or Bun, on PostgreSQL. With anything else, run in it: " +
			"SELECT reward_outbox.emit(trigger_id => …, user_id => …, payload => …)",
	);
}

function bind<Handle extends object>(adapter: Adapter<Handle>): (handle: object) => Executor | null {
	return (handle) =>
		adapter.recognises(handle)
			? {
					whyNotInTransaction: () => adapter.whyNotInTransaction(handle),
					query: (text, values) => adapter.query(handle, text, values).catch(rethrow),
				}
			: null;
}

function bindWrapper<Handle extends object>(wrapper: Wrapper<Handle>): (handle: object) => Executor | null {
	return (handle) => {
		if (!wrapper.recognises(handle)) return null;
		const inner = executorOf(wrapper.unwrap(handle));
		return { ...inner, whyNotInTransaction: () => wrapper.whyNotInTransaction(handle) ?? inner.whyNotInTransaction() };
	};
}

/** PostgreSQL ignores statements after a failed one, so this too means that nothing was written. */
function rethrow(error: unknown): never {
	if (!hasSqlState(error, IN_FAILED_TRANSACTION)) throw setupError(error) ?? error;
	throw new NotInTransactionError(
		"aborted",
		"an earlier statement of the transaction failed: it can only be rolled back",
		{ cause: error },
	);
}

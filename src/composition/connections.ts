import { randomBytes } from "node:crypto";
import type { Address } from "../connection/address.ts";
import type { WakeLock as WakeLockOfRelay } from "../relay/wake-mode.ts";
import { type Database, homeOf, openDatabase } from "../store/database.ts";
import { subscribeAtHome } from "../store/home-subscription.ts";
import { HomeWakeLock } from "../store/home-wake-lock.ts";
import { type Subscription, subscribe } from "../store/subscription.ts";
import { WakeLock, type WakeLockOptions } from "../store/wake-lock.ts";

/** Claim, settle, give back, reap, and one to spare. */
const CONNECTIONS = 5;
/**
 * A claim waits 10 s for its turn and then takes milliseconds; what takes longer is a server or a network that answers
 * nothing.
 */
const STATEMENT_TIMEOUT_MS = 12_000;
/** Connections that a busy moment of one database among many has opened are given back soon. */
const SPARE_IDLE_MS = 5_000;

/** A relay's connections to its database. */
export interface RelayConnections {
	/** What delivers. */
	readonly db: Database;
	/** Readings for people and monitors. */
	readonly inspection: Database;
	readonly alertDb: Database;
	subscribe(channels: readonly string[]): Promise<Subscription>;
	createWakeLock(changes: Pick<WakeLockOptions, "onHeld" | "onLost">): WakeLockOfRelay;
	/** Open at this moment. */
	count(): { readonly total: number; readonly idle: number; readonly waiting: number };
	/** What is for readers only ends in its own time. */
	end(readersAreDone: Promise<unknown>): Promise<void>;
}

export interface DatabaseAddresses {
	readonly databaseUrl: Address;
	/** Direct: LISTEN and the wake lock need a session of their own. */
	readonly databaseListenUrl: Address;
}

/** Connections for each purpose, so that none waits for another. */
export function connectionsOfOne({ databaseUrl: url, databaseListenUrl }: DatabaseAddresses): RelayConnections {
	const db = openDatabase({
		url,
		applicationName: "reward-outbox relay",
		maxConnections: CONNECTIONS,
		statementTimeoutMs: STATEMENT_TIMEOUT_MS,
	});
	// Readings for people and monitors have a connection of their own: they never wait for, nor hold up, the delivery.
	const reading = { url, maxConnections: 1, statementTimeoutMs: 5_000 };
	const inspection = openDatabase({ ...reading, applicationName: "reward-outbox health" });
	// Connects when it is used only, which is where a webhook or a dead man's switch is configured.
	const alertDb = openDatabase({ ...reading, applicationName: "reward-outbox alerts" });
	return {
		db,
		inspection,
		alertDb,
		...listeningApart(databaseListenUrl),
		count: () => ({ total: db.totalCount, idle: db.idleCount, waiting: db.waitingCount }),
		end: async (readersAreDone) => {
			const readersGone = readersAreDone.then(() => Promise.all([alertDb.end(), inspection.end()]));
			await Promise.all([db.end(), readersGone]);
		},
	};
}

/**
 * One connection for everything while there is little to do, and more for as long as there is more. What goes through a
 * pooler listens on another connection still, since a pooler keeps nothing for a session.
 */
export function connectionsOfMany({ databaseUrl: url, databaseListenUrl }: DatabaseAddresses): RelayConnections {
	const db = openDatabase({
		url,
		applicationName: "reward-outbox relay",
		maxConnections: CONNECTIONS - 1,
		statementTimeoutMs: STATEMENT_TIMEOUT_MS,
		idleTimeoutMs: SPARE_IDLE_MS,
		keepsHome: true,
	});
	const home = homeOf(db);
	const isDirect = databaseListenUrl === url;
	const listening = isDirect
		? {
				subscribe: (channels: readonly string[]) => subscribeAtHome(home, channels),
				createWakeLock: (changes: Pick<WakeLockOptions, "onHeld" | "onLost">) =>
					new HomeWakeLock(home, { url: databaseListenUrl, ...changes }),
			}
		: listeningApart(databaseListenUrl);
	return {
		db,
		inspection: db,
		alertDb: db,
		...listening,
		count: () => ({
			total: db.totalCount + (home.isOpen ? 1 : 0),
			idle: db.idleCount + (home.isOpen && !home.isBusy ? 1 : 0),
			waiting: db.waitingCount,
		}),
		end: async (readersAreDone) => {
			await readersAreDone;
			await db.end();
		},
	};
}

function listeningApart(url: Address): Pick<RelayConnections, "subscribe" | "createWakeLock"> {
	return {
		subscribe: (channels) => subscribe(url, channels, channelOfOurOwn("session")),
		createWakeLock: (changes) => new WakeLock({ url, ...changes }),
	};
}

/** A channel that nobody else listens to. */
export function channelOfOurOwn(purpose: string): string {
	return `reward_outbox_${purpose}_${randomBytes(6).toString("hex")}`;
}

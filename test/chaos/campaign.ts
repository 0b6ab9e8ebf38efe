import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readValue, until } from "../lifecycle/facts.ts";
import type { PostgresMajor } from "../support/postgres-binaries.ts";
import { CanaryWatch } from "./canary.ts";
import { Chance } from "./chance.ts";
import { type Drawn, draw } from "./draw.ts";
import { FAULTS } from "./faults/all.ts";
import type { Fault } from "./faults/fault.ts";
import { resumeTriggers } from "./operator.ts";
import { allowed } from "./patience.ts";
import { type CampaignResult, type Happened, reckon } from "./reckoning.ts";
import { FAIR_WEATHER, Stage } from "./stage.ts";
import { writeUntil } from "./writers.ts";

export interface CampaignOptions {
	readonly seed: number;
	readonly minutes: number;
	readonly relays: number;
	readonly eventsPerSecond: number;
	/** Default: the binaries the suite runs on. */
	readonly version?: PostgresMajor;
	/** Of each server's own disk; 0: none gets full. */
	readonly diskMegabytes: number;
	/** Drawn are the faults whose names have this in them. Empty: the whole matrix. */
	readonly only: string;
	/** Instead of that. */
	readonly faults?: readonly Fault[];
	/** Where journals and logs stay for whoever wants to read them. Default: they go. */
	readonly keptIn?: string;
	/** Ends it early, cleanly. */
	readonly signal: AbortSignal;
	readonly onProgress: (line: string) => void;
}

const RECOVERS_WITHIN_MS = 90_000;
const DRAINS_WITHIN_MS = 120_000;
const WRITERS = 6;
/**
 * With more than that to do, applications wait: what is measured is recovery, not how long a backlog takes, and how
 * many events there are follows from the machine.
 */
const LONGEST_BACKLOG = 3_000;
const OPEN = `
SELECT coalesce(sum(events), 0)::integer FROM reward_outbox.depth WHERE status IN ('pending', 'sending')`;
const OVERDUE_MS = `
SELECT coalesce(max(date_part('epoch', clock_timestamp() - greatest(c.expires_at, r.started_at))) * 1000, 0)
FROM reward_outbox.claims c CROSS JOIN (SELECT max(started_at) AS started_at FROM reward_outbox.relays) r`;

/**
 * Runs one campaign to its end: faults as the seed draws them, then peace until all has drained, then the reckoning.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
	const folder = options.keptIn ?? (await mkdtemp(join(tmpdir(), "reward-outbox-chaos-")));
	await mkdir(folder, { recursive: true });
	try {
		await using stage = await Stage.build({ ...options, folder });
		return await new Campaign(options, stage).run();
	} finally {
		if (options.keptIn === undefined) await rm(folder, { recursive: true, force: true });
	}
}

/** What became of a fault: it happened, with something to say of it or not; or it is not possible here. */
interface Struck {
	readonly fault: Fault;
	readonly note?: string;
	readonly skipped?: string;
}

class Campaign {
	readonly #options: CampaignOptions;
	readonly #stage: Stage;
	readonly #over = new AbortController();
	readonly #happened: Happened[] = [];
	readonly #failedWrites: { readonly at: number; readonly what: string }[] = [];
	readonly #violations: string[] = [];
	readonly #canary: CanaryWatch;
	#mostOverdueMs = 0;
	#backlog = 0;

	constructor(options: CampaignOptions, stage: Stage) {
		[this.#options, this.#stage] = [options, stage];
		this.#canary = new CanaryWatch(stage);
	}

	async run(): Promise<CampaignResult> {
		const stage = this.#stage;
		const writing = this.#write();
		const watching = this.#watch();
		await stage.applied(await stage.emitProbe(), allowed(RECOVERS_WITHIN_MS));
		await this.#faults();
		this.#over.abort();
		await Promise.all([writing, watching]);
		const drainMs = await this.#drain();
		await this.#canary.searchMetrics();
		const stopMs = await stage.fleet.stop();
		await this.#canary.searchTables();
		const { seed, minutes, relays, eventsPerSecond, only } = this.#options;
		return await reckon(stage, {
			...{ seed, minutes, relays, eventsPerSecond, only },
			happened: this.#happened,
			failedWrites: this.#failedWrites,
			violations: [...this.#violations, ...this.#canary.violations, ...stage.fleet.violations],
			searched: { ...this.#canary.searched, bytesOfLogs: stage.fleet.searchedBytes },
			mostOverdueMs: this.#mostOverdueMs,
			drainMs,
			stopMs,
		});
	}

	async #write(): Promise<void> {
		const { seed, eventsPerSecond } = this.#options;
		const stage = this.#stage;
		await writeUntil({
			url: stage.url,
			seed,
			eventsPerSecond,
			writers: WRITERS,
			journal: stage.written,
			mayWrite: () => this.#backlog < LONGEST_BACKLOG,
			onFailure: (what) => void this.#failedWrites.push({ at: stage.now, what }),
			signal: AbortSignal.any([this.#over.signal, stage.signal]),
		});
	}

	async #faults(): Promise<void> {
		const endsAt = this.#stage.now + this.#options.minutes * 60_000;
		const { seed, only, faults = FAULTS.filter(({ name }) => name.includes(only)) } = this.#options;
		for (const drawn of draw(seed, faults)) {
			await this.#stage.wait(drawn.afterMs);
			if (this.#stage.signal.aborted || this.#stage.now > endsAt) return;
			await this.#strike(drawn);
		}
	}

	async #strike({ faults }: Drawn): Promise<void> {
		const stage = this.#stage;
		const from = stage.now;
		const struck = await Promise.all(faults.map((one) => this.#carryOut(one)));
		const over = stage.now;
		const names = struck.flatMap(({ fault, skipped }) => (skipped === undefined ? [fault.name] : []));
		const skipped = struck.flatMap(({ fault, skipped }) => (skipped === undefined ? [] : [fault.name]));
		const isRecovered = names.length === 0 || (await this.#recovers(names));
		const until = stage.now;
		const hitsWriters = struck.some(({ fault }) => fault.hitsWriters);
		this.#happened.push({
			names,
			skipped,
			from,
			until,
			hitsWriters,
			recoveryMs: isRecovered ? until - over : null,
		});
		await stage.untilRelaysAreUp().catch((error: Error) => this.#violate(error.message));
		await this.#canary.searchMetrics();
		const said = struck.flatMap((one) => one.note ?? one.skipped ?? []);
		this.#tell(`${[...names, ...skipped].join(" + ")}: ${[...said, `recovered in ${until - over} ms`].join("; ")}`);
	}

	async #carryOut({ fault, seed, afterMs }: Drawn["faults"][number]): Promise<Struck> {
		await this.#stage.wait(afterMs);
		try {
			return { fault, ...(await fault.strike(this.#stage, new Chance(seed))) };
		} catch (error) {
			const { message, cause } = error as Error;
			this.#violate(`"${fault.name}" could not be carried out: ${message} ${cause ?? ""}`);
			return { fault };
		}
	}

	/**
	 * Until what was claimed when the fault was over has been settled, one way or the other, and an event that was
	 * committed afterwards has been applied.
	 */
	async #recovers(names: readonly string[]): Promise<boolean> {
		const stage = this.#stage;
		const probe = await stage.emitProbe().catch(() => "");
		const open = await this.#openLeases();
		const left = "SELECT count(*)::integer FROM reward_outbox.claims WHERE lease_id = ANY($1)";
		const from = stage.now;
		while (!stage.signal.aborted && stage.now < from + allowed(RECOVERS_WITHIN_MS)) {
			await resumeTriggers(stage).catch(() => {});
			const isApplied = await stage.applied(probe, 300);
			if (isApplied && (await readValue<number>(stage.pool, left, [open]).catch(() => 1)) === 0) return true;
		}
		if (!stage.signal.aborted) this.#violate(`I7: not recovered within ${stage.now - from} ms from ${names}`);
		return false;
	}

	async #openLeases(): Promise<string[]> {
		const { rows } = await this.#stage.pool
			.query<{ lease_id: string }>("SELECT lease_id FROM reward_outbox.claims")
			.catch(() => ({ rows: [] }));
		return rows.map(({ lease_id }) => lease_id);
	}

	/** How long an ended lease was left lying, with a relay there to find it; and how much there is to do. */
	async #watch(): Promise<void> {
		const signal = AbortSignal.any([this.#over.signal, this.#stage.signal]);
		while (await sleep(500, true, { signal }).catch(() => false)) {
			const overdue = await readValue<number>(this.#stage.pool, OVERDUE_MS).catch(() => 0);
			this.#mostOverdueMs = Math.max(this.#mostOverdueMs, overdue);
			this.#backlog = await readValue<number>(this.#stage.pool, OPEN).catch(() => this.#backlog);
		}
	}

	/** What does not drain shows in the reckoning, event by event. */
	async #drain(): Promise<number> {
		const stage = this.#stage;
		const startedAt = stage.now;
		stage.reward.respond(FAIR_WEATHER);
		const isDrained = async () => {
			await resumeTriggers(stage);
			return stage.signal.aborted || (await readValue<number>(stage.pool, OPEN)) === 0;
		};
		await until("all is drained", isDrained, allowed(DRAINS_WITHIN_MS)).catch(() => {});
		return stage.now - startedAt;
	}

	#violate(what: string): void {
		if (this.#stage.signal.aborted) return;
		this.#violations.push(what);
		this.#tell(`VIOLATION ${what}`);
	}

	#tell(what: string): void {
		const seconds = Math.floor(this.#stage.now / 1000);
		const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
		const count = this.#happened.length;
		this.#options.onProgress(`${clock.padStart(6)}  ${count} faults, ${this.#stage.requests} requests  ${what}`);
	}
}

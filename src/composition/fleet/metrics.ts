import { eachAtOnce } from "../../at-once.ts";
import { createFleetMetrics } from "../../metrics/fleet.ts";
import type { ProcessUsage } from "../../metrics/process-usage.ts";
import type { RequestBudget } from "../../relay/request-budget.ts";
import type { ReloadState } from "./health.ts";
import { TENANT_STATES, type Tenant } from "./tenant.ts";

/** Databases that are asked at the same time for one scrape. */
const AT_ONCE = 16;

export interface FleetMetricsOptions {
	readonly version: string;
	readonly processUsage: (() => ProcessUsage) | undefined;
	readonly budget: RequestBudget;
	readonly concurrency: number;
	readonly tenants: () => readonly Tenant[];
	readonly reload: () => ReloadState;
}

/** The metrics of all databases as one text, with those of the process and of what they share. */
export class FleetMetrics {
	readonly #options: FleetMetricsOptions;
	readonly #own: ReturnType<typeof createFleetMetrics>;
	/** Who scrapes while one is made gets the same: two monitors do not ask every database twice. */
	#making: Promise<string> | undefined;

	constructor(options: FleetMetricsOptions) {
		this.#options = options;
		const { version, processUsage, concurrency, budget, tenants, reload } = options;
		this.#own = createFleetMetrics({
			version,
			processUsage,
			concurrency,
			read: () => ({
				databases: new Map(
					TENANT_STATES.map((state) => [state, tenants().filter((one) => one.state === state).length]),
				),
				ready: tenants().filter((one) => one.isReady).length,
				fileOk: reload().ok,
				inFlight: budget.inFlight,
				waiting: budget.waiting,
			}),
		});
	}

	start(): void {
		this.#own.start();
	}

	stop(): void {
		this.#own.stop();
	}

	reloaded(ok: boolean): void {
		this.#own.reloaded(ok);
	}

	text(): Promise<string> {
		this.#making ??= this.#make().finally(() => {
			this.#making = undefined;
		});
		return this.#making;
	}

	async #make(): Promise<string> {
		const own = await this.#own.text();
		const ofEach = await eachAtOnce(this.#options.tenants(), AT_ONCE, (tenant) => tenant.metrics());
		return joinedTexts([own, ...ofEach]);
	}
}

/** In Prometheus' format all samples of a metric stand together, below its one description. */
export function joinedTexts(texts: readonly string[]): string {
	const metrics = new Map<string, { readonly head: string; readonly samples: string[] }>();
	for (const block of texts.flatMap((text) => text.split(/^(?=# HELP )/m))) {
		const [help = "", type = "", ...samples] = block.trimEnd().split("\n");
		const name = help.split(" ")[2];
		if (name === undefined) continue;
		const metric = metrics.get(name) ?? { head: `${help}\n${type}`, samples: [] };
		metric.samples.push(...samples.filter((line) => line !== ""));
		metrics.set(name, metric);
	}
	return [...metrics.values()].map(({ head, samples }) => `${[head, ...samples].join("\n")}\n`).join("\n");
}

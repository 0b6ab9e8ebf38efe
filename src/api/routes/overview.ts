import { attention } from "../../event/attention.ts";
import { readOverview } from "../../store/inspect/overview.ts";
import { readSeries } from "../../store/inspect/series.ts";
import { packageVersion } from "../../version.ts";
import { Overview, Series, SeriesQuery } from "../schema/overview.ts";
import { named } from "../schema/parts.ts";
import type { ApiServer, ConsoleParts } from "../server.ts";
import { wire } from "../wire.ts";

const DEFAULT_MINUTES = 60;

export function overviewRoutes(api: ApiServer, { database }: ConsoleParts): void {
	api.get(
		"/overview",
		{
			schema: {
				tags: ["overview"],
				summary: "How the outbox is doing, and what needs a person",
				response: { 200: named(Overview) },
			},
		},
		async () => {
			const overview = await readOverview(database);
			return wire({ ...overview, attention: attention(overview), version: packageVersion() });
		},
	);

	api.get(
		"/series",
		{
			schema: {
				tags: ["overview"],
				summary: "Throughput and latency over time",
				querystring: SeriesQuery,
				response: { 200: named(Series) },
			},
		},
		async (request) => wire(await readSeries(database, request.query.minutes ?? DEFAULT_MINUTES)),
	);
}

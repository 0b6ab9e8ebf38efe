import { readOverview } from "../../store/inspect/overview.ts";
import { readSeries } from "../../store/inspect/series.ts";
import { readTriggerSeries } from "../../store/inspect/trigger-series.ts";
import { packageVersion } from "../../version.ts";
import { attentionInWords } from "../../words/attention.ts";
import { operationFilter } from "../filter.ts";
import { Overview, Series, SeriesQuery } from "../schema/overview.ts";
import { named } from "../schema/parts.ts";
import { type ApiServer, abandonment, type ConsoleParts } from "../server.ts";
import { wire } from "../wire.ts";

const DEFAULT_MINUTES = 60;

export function overviewRoutes(api: ApiServer, { database, searches }: ConsoleParts): void {
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
			return wire({ ...overview, attention: attentionInWords(overview), version: packageVersion() });
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
		async (request, reply) => {
			const { minutes = DEFAULT_MINUTES, trigger, ...times } = request.query;
			const { until } = operationFilter(times);
			if (trigger === undefined) return wire(await readSeries(database, minutes, until));
			return wire(await searches.run(() => readTriggerSeries(database, trigger, minutes, until), abandonment(reply)));
		},
	);
}

import { readRetention, setRetention } from "../../store/retention.ts";
import { named } from "../schema/parts.ts";
import { Retention, RetentionChange } from "../schema/retention.ts";
import { type ApiServer, type ConsoleParts, mustBeAbleToAct, whoAsks } from "../server.ts";

export function retentionRoutes(api: ApiServer, parts: ConsoleParts): void {
	const { database } = parts;

	api.get(
		"/retention",
		{ schema: { tags: ["retention"], summary: "How long what is kept", response: { 200: named(Retention) } } },
		async () => await readRetention(database),
	);

	api.patch(
		"/retention",
		{
			schema: {
				tags: ["retention"],
				summary: "Change how long what is kept",
				description: "What is not named stays as it is. Relays carry it out, in small batches.",
				body: RetentionChange,
				response: { 200: named(Retention) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			await setRetention(database, request.body, whoAsks(request).name);
			return await readRetention(database);
		},
	);
}

import { readFailureGroups } from "../../store/inspect/failure-groups.ts";
import { FailureGroups } from "../schema/failures.ts";
import { named } from "../schema/parts.ts";
import { type ApiServer, abandonment, type ConsoleParts } from "../server.ts";
import { wire } from "../wire.ts";

export function failureRoutes(api: ApiServer, { database, searches }: ConsoleParts): void {
	api.get(
		"/failures",
		{
			schema: {
				tags: ["events"],
				summary: "What fails, grouped by its cause",
				description:
					"Dead and uncertain events, and those that failed and are tried again, by trigger, status, answer and the shape of the message.",
				response: { 200: named(FailureGroups) },
			},
		},
		async (_request, reply) => wire(await searches.run(() => readFailureGroups(database), abandonment(reply))),
	);
}

import { listOperations } from "../../store/inspect/list-operations.ts";
import { OperationPage, OperationQuery } from "../schema/operations.ts";
import { named } from "../schema/parts.ts";
import type { ApiServer, ConsoleParts } from "../server.ts";
import { wire } from "../wire.ts";

const DEFAULT_LIMIT = 50;

export function operationRoutes(api: ApiServer, { database }: ConsoleParts): void {
	api.get(
		"/operations",
		{
			schema: {
				tags: ["operations"],
				summary: "Who decided what, when and why",
				querystring: OperationQuery,
				response: { 200: named(OperationPage) },
			},
		},
		async (request) => {
			const { limit = DEFAULT_LIMIT, cursor, ...filter } = request.query;
			const from = cursor === undefined ? {} : { cursor };
			const page = await listOperations(database, { filter, limit, ...from });
			return wire({ operations: page.operations, next_cursor: page.nextCursor, now: page.now });
		},
	);
}

import { Readable } from "node:stream";
import { listOperations } from "../../store/inspect/list-operations.ts";
import { exportOperations } from "../export-operations.ts";
import { operationFilter } from "../filter.ts";
import { OperationExportQuery, OperationPage, OperationQuery } from "../schema/operations.ts";
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
			const { limit = DEFAULT_LIMIT, cursor, ...query } = request.query;
			const filter = operationFilter(query);
			const from = cursor === undefined ? {} : { cursor };
			const page = await listOperations(database, { filter, limit, ...from });
			const operations = page.operations.map(({ cursor: _, ...operation }) => operation);
			return wire({ operations, next_cursor: page.nextCursor, now: page.now });
		},
	);

	api.get(
		"/operations/export",
		{
			exposeHeadRoute: false,
			schema: {
				tags: ["operations"],
				summary: "Download the record of decisions",
				description: "Streamed, the latest first, 100 000 rows at most. CSV as for events.",
				querystring: OperationExportQuery,
				response: {
					200: {
						description: "A file.",
						content: { "text/csv": { schema: {} }, "application/x-ndjson": { schema: {} } },
					},
				},
			},
		},
		async (request, reply) => {
			const { format, ...query } = request.query;
			const texts = exportOperations(database, operationFilter(query), format);
			const stream = Readable.from(texts);
			reply.raw.once("close", () => stream.destroy());
			const type = format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8";
			reply.type(type).header("content-disposition", `attachment; filename="operations.${format}"`);
			return await reply.send(stream);
		},
	);
}

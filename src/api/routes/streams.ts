import { Readable } from "node:stream";
import { Type } from "typebox";
import { ProblemError } from "../../http/problem.ts";
import { eventIdOfCursor } from "../../store/inspect/cursor.ts";
import { exportEvents } from "../export.ts";
import { filterOfQuery } from "../filter.ts";
import { EXPORT_DEFAULT_ROWS, ExportQuery, TailGap, TailMessage, TailQuery } from "../schema/events.ts";
import { named } from "../schema/parts.ts";
import { type ApiServer, type ConsoleParts, whoAsks } from "../server.ts";

/** They take turns in reading. */
const EXPORTS_AT_ONCE = 4;
const EXPORTS_PER_READER = 2;

export function tailRoute(api: ApiServer, { tail, access }: ConsoleParts): void {
	api.get(
		"/events/tail",
		{
			exposeHeadRoute: false,
			config: { takesNoSlot: true },
			schema: {
				tags: ["events"],
				summary: "Watch events as they are committed",
				description:
					"Server-sent events. `events`: at first the newest 50 at most, then new ones. `changed`: recent ones that have come to stand otherwise. `problem`: the stream is given up, with a Problem. Comments are signs of life. `gap`: events that were not sent, because there were more than 200 between two looks (a second), more than 100 while the stream was interrupted, or too large ones: between which times to search for them. An event may be sent twice: its id tells. With Last-Event-ID the stream begins behind that event.",
				querystring: TailQuery,
				response: {
					200: {
						description: "A stream.",
						content: { "text/event-stream": { schema: Type.Union([named(TailMessage), named(TailGap)]) } },
					},
				},
			},
		},
		async (request, reply) => {
			const { last_event_id: named, ...query } = request.query;
			const filter = filterOfQuery(query);
			// The browser's own, when it opened the stream anew by itself, is the later one.
			const last = request.headers["last-event-id"] || named;
			const after = typeof last === "string" ? eventIdOfCursor(last) : null;
			const { headers, clientAddress, admission } = request;
			// Asked with what was shown at the beginning: a token that is taken away ends the stream too.
			const isWelcome = () => {
				const entry = access.enter(headers, clientAddress);
				return "identity" in entry && entry.identity.name === admission.identity?.name;
			};
			const stream = tail.watch({ filter, reader: whoAsks(request).name, after, isWelcome });
			reply.raw.once("close", () => stream.destroy());
			reply.type("text/event-stream; charset=utf-8").header("x-accel-buffering", "no");
			// The schema says what is in the stream; the type of an answer cannot.
			return await reply.send(stream as never);
		},
	);
}

export function exportRoute(api: ApiServer, { database, searches }: ConsoleParts): void {
	const running: string[] = [];
	api.get(
		"/events/export",
		{
			exposeHeadRoute: false,
			config: { takesNoSlot: true },
			schema: {
				tags: ["events"],
				summary: "Download events",
				description:
					"Streamed, newest first. CSV: UTF-8 with a byte order mark, RFC 4180; a cell that begins with = + - @ a tab, a line break or an apostrophe has one more apostrophe in front, so that no spreadsheet takes it for a formula. An export that breaks off ends without its last chunk.",
				querystring: ExportQuery,
				response: {
					200: {
						description: "A file.",
						content: { "text/csv": { schema: {} }, "application/x-ndjson": { schema: {} } },
					},
				},
			},
		},
		async (request, reply) => {
			const { format, max = EXPORT_DEFAULT_ROWS, ...query } = request.query;
			const filter = filterOfQuery(query);
			const reader = whoAsks(request).name;
			const own = running.filter((other) => other === reader).length;
			if (running.length >= EXPORTS_AT_ONCE || own >= EXPORTS_PER_READER) {
				const detail = `${running.length} exports are running already, ${own} of them with this token`;
				throw new ProblemError({ status: 503, code: "too_many_exports", detail, hint: "try again when one has ended" });
			}
			running.push(reader);
			const ended = () => void running.splice(running.indexOf(reader), 1);
			const texts = exportEvents({ database, searches }, { filter, format, max });
			let stream: Readable;
			try {
				// What is wrong with the search is said in an answer of its own, so the first page comes before the answer.
				stream = Readable.from(joined(await texts.next(), texts));
			} catch (error) {
				ended();
				throw error;
			}
			stream.once("close", ended);
			// The reader has gone: nothing is read for nobody.
			reply.raw.once("close", () => stream.destroy());
			const type = format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8";
			const name = `events-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}Z.${format}`;
			reply.type(type).header("content-disposition", `attachment; filename="${name}"`);
			return await reply.send(stream);
		},
	);
}

async function* joined(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
	if (first.done !== true) yield first.value;
	yield* rest;
}

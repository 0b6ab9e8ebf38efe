import type { RefusalCode } from "../../event/refusal.ts";
import { exactJson } from "../../exact-json.ts";
import { ProblemError } from "../../http/problem.ts";
import { writeEvent } from "../../store/write-event.ts";
import { refusalInWords } from "../../words/refusal.ts";
import { WriteRequest, Written } from "../schema/event-detail.ts";
import { named } from "../schema/parts.ts";
import { type ApiServer, type ConsoleParts, mustBeAbleToAct, whoAsks } from "../server.ts";
import { answerText } from "../wire.ts";

/** Events that an operator writes: a test, or another event corrected. */
export function writeRoute(api: ApiServer, parts: ConsoleParts): void {
	api.post(
		"/events",
		{
			schema: {
				tags: ["decisions"],
				summary: "Write an event: a test, or another event corrected",
				description:
					"With `of` it is a new event in place of that one: it gets that one's ordering key and metadata, and the two name each other on record; the old one stays as it is. Without `of` it is a test: it is sent like any other.",
				body: WriteRequest,
				response: { 201: named(Written) },
			},
		},
		async (request, reply) => {
			await mustBeAbleToAct(parts);
			const { trigger, user, of, reason = null, allow_duplicates: allowDuplicates = false } = request.body;
			const { payload } = exactJson(request.bodyText) as { payload: unknown };
			const written = await writeEvent(parts.database, {
				trigger,
				user,
				payload: answerText(payload),
				of: of?.toLowerCase() ?? null,
				allowDuplicates,
				decider: { actor: whoAsks(request).name, reason },
			});
			if ("eventId" in written) return await reply.code(201).send({ event_id: written.eventId });
			throw refusal(written, of);
		},
	);
}

function refusal(written: { rule: string } | { refused: RefusalCode }, of: string | undefined): ProblemError {
	if ("refused" in written) {
		if (of !== undefined && written.refused === "no_such_event") {
			return new ProblemError({ status: 404, code: "no_such_event", detail: `there is no event ${of}` });
		}
		return new ProblemError({ status: 409, code: "not_done", detail: refusalInWords(written.refused, "write", null) });
	}
	const [column = "", ...rule] = written.rule.split(" ");
	const errors = [{ field: `body/${column.replace(/_id$/, "").replace(".", "/")}`, rule: rule.join(" ") }];
	return new ProblemError({ status: 400, code: "invalid_request", detail: written.rule, errors });
}

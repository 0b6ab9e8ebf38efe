import { ProblemError } from "../../http/problem.ts";
import { listQuarantined } from "../../store/receipts/list.ts";
import { readReport, TooMuchToReadError } from "../../store/receipts/report.ts";
import { UNSIGNED } from "../../words/receipt-account.ts";
import { reportSpan } from "../filter.ts";
import { named } from "../schema/parts.ts";
import { Account, AccountQuery, QuarantineList, QuarantineQuery } from "../schema/receipts.ts";
import { type ApiServer, abandonment, type ConsoleParts } from "../server.ts";
import { wire } from "../wire.ts";

const DEFAULT_LIMIT = 50;
/** Events and receipts of one account: some seconds. The command line has no such bound. */
const MOST_READ = 500_000;

export function receiptRoutes(api: ApiServer, { database, searches }: ConsoleParts): void {
	api.get(
		"/receipts/account",
		{
			schema: {
				tags: ["receipts"],
				summary: "What was owed, what Reward acknowledged, what differs and why",
				description:
					"By trigger and day. Receipts are Reward's webhooks, which are not signed: evidence, not proof. At most 500 000 events and receipts; `reward-outbox receipts report` has no such bound.",
				querystring: AccountQuery,
				response: { 200: named(Account) },
			},
		},
		async (request, reply) => {
			const asked = { ...reportSpan(request.query), trigger: request.query.trigger, mostRead: MOST_READ };
			const report = await searches.run(() => readReport(database, asked).catch(refuse), abandonment(reply));
			return wire({ ...report, evidence: "unsigned_receipts" as const, caveat: UNSIGNED });
		},
	);

	api.get(
		"/receipts/quarantine",
		{
			schema: {
				tags: ["receipts"],
				summary: "What came as a webhook and is none that is known",
				querystring: QuarantineQuery,
				response: { 200: named(QuarantineList) },
			},
		},
		async (request) => wire({ quarantined: await listQuarantined(database, request.query.limit ?? DEFAULT_LIMIT) }),
	);
}

function refuse(error: unknown): never {
	if (!(error instanceof TooMuchToReadError)) throw error;
	const hint = "ask for a shorter time or one trigger, or use the command line: reward-outbox receipts report";
	throw new ProblemError({ status: 422, code: "too_much", detail: error.message, hint });
}

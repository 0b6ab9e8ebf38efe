import type { Facts } from "../event/facts.ts";
import type { Evidence } from "../event/reconcile.ts";
import { MOST_RISK } from "../event/silence.ts";
import { counted } from "./counts.ts";
import { limitInWords, spanInWords } from "./span.ts";

const CAVEAT = "Webhooks are not signed and name no event: this is evidence, not proof.";

/**
 * What Reward's webhooks say about the attempts that nobody knows the end of. Nothing, where none were ever received.
 */
export function receiptLines(facts: Facts): string[] {
	const { evidence } = facts;
	if (evidence === undefined || evidence === null || evidence.verdict === "settled") return [];
	return [`${evidenceInWords(evidence)} ${conclusion(evidence, facts)} ${CAVEAT}`];
}

function evidenceInWords({ receipts, accepted, ambiguous, surplus }: Evidence): string {
	const requests = `${counted(accepted, "request")} that Reward applied and ${ambiguous} of which nobody knows`;
	const extra = surplus === 0 ? "" : ` (${surplus} more than there were requests)`;
	return `For its trigger, user and value there are ${counted(receipts, "receipt")}${extra}, for ${requests}.`;
}

function conclusion(evidence: Evidence, facts: Facts): string {
	const { event, now } = facts;
	const horizon = spanInWords(evidence.horizon_ms);
	switch (evidence.verdict) {
		case "confirmed":
			return event.status === "delivered"
				? "The others cannot have caused them all, so it was probably applied more than once."
				: `The others cannot have caused them all, so it was applied.${toConfirm(facts)}`;
		case "not_recorded":
			return `None came for it within ${horizon}, while those of other events came: it was probably not applied${risk(evidence)}.${toResend(evidence, facts)}`;
		case "shared":
			return "There are some, but not for all that are alike: which of them they are for cannot be told.";
		case "waiting":
			return `One may still come until ${limitInWords(new Date(evidence.until ?? now.getTime()), now)}.`;
		case "unheard":
			return `None came for it within ${horizon}, which says nothing: too few of the others' came.`;
		case "burst":
			return "The others cannot have caused them all, but too many receipts of its trigger came that no request explains: nothing is concluded.";
		case "too_many":
			return "More events are alike than can be counted: nothing is concluded.";
		case "settled":
			return "";
		default:
			return evidence.verdict satisfies never;
	}
}

function toConfirm({ event, trigger }: Facts): string {
	if (event.status !== "uncertain") return "";
	return trigger?.auto_confirm === true
		? " A relay will count it as delivered."
		: ` To go by that: reward-outbox events resolve ${event.id} --as delivered --reason …`;
}

function toResend(evidence: Evidence, { event, trigger }: Facts): string {
	if (event.status !== "uncertain") return "";
	const isAsked = trigger?.auto_resend === true;
	if (isAsked && evidence.risk !== null && evidence.risk <= MOST_RISK) return " A relay will send it again.";
	const tooMany = isAsked ? " That is too many for a relay to send it again." : "";
	return `${tooMany} To go by that: reward-outbox events resolve ${event.id} --as not-delivered --reason …`;
}

/** Of those that nothing came for, as many may have been applied: their receipts were lost. */
function risk({ risk }: Evidence): string {
	return risk === null ? "" : ` (of a hundred such, at most ${(100 * risk).toFixed(1)} were)`;
}

import type { Attributes } from "@opentelemetry/api";
import type { Outcome } from "../event/outcome.ts";
import type { ClaimedEvent } from "../store/claim.ts";

const PATH_TEMPLATE = "/v1/triggers/{trigger}/users/{user}/events";

/** By the semantic conventions for HTTP: method and template, since a path would be a name per user. */
export const SEND_SPAN = `POST ${PATH_TEMPLATE}`;

/** What every span of an event says. Never the user: traces go where personal data should not. */
export function eventAttributes(event: ClaimedEvent): Attributes {
	return {
		"reward_outbox.event_id": event.eventId,
		"reward_outbox.trigger_id": event.triggerId,
		"reward_outbox.attempt": event.attempt,
	};
}

/** Of a request, before it is sent. */
export function requestAttributes(origin: URL, event: ClaimedEvent): Attributes {
	const secure = origin.protocol === "https:";
	return {
		...eventAttributes(event),
		"http.request.method": "POST",
		"server.address": origin.hostname,
		"server.port": origin.port === "" ? (secure ? 443 : 80) : Number(origin.port),
		"url.full": `${origin.origin}/v1/triggers/${encodeURIComponent(event.triggerId)}/users/REDACTED/events`,
		"url.template": PATH_TEMPLATE,
		"network.protocol.version": "1.1",
		...(event.attempt > 1 ? { "http.request.resend_count": event.attempt - 1 } : {}),
	};
}

/** Of its verdict. */
export function outcomeAttributes(outcome: Outcome): Attributes {
	return {
		"reward_outbox.outcome": outcome.class,
		...(outcome.httpStatus === null ? {} : { "http.response.status_code": outcome.httpStatus }),
		...(outcome.class === "accepted" ? {} : { "error.type": errorType(outcome) }),
	};
}

function errorType({ httpStatus, errorCode }: Outcome): string {
	if (httpStatus !== null && httpStatus >= 400) return String(httpStatus);
	return errorCode ?? "_OTHER";
}

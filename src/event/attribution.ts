import type { Ambiguous } from "./outcome.ts";

/**
 * Whose fault an answer is that does not say so itself, judged by what became of others. `event`: Reward accepts its
 * neighbours.
 * `trigger`: none of them. `unknown`: too little has been seen.
 */
export type Attribution = "event" | "trigger" | "unknown";

/** What is on record of an earlier attempt of the same event. */
export interface EarlierAttempt {
	readonly attempt: number;
	readonly outcome: string;
	readonly httpStatus: number | null;
	readonly errorCode: string | null;
	/** Milliseconds since its verdict. */
	readonly endedMsAgo: number;
}

/** The same answer this many times in a row is no accident: something between here and Reward is set up wrongly. */
export const SAME_ANSWERS = 3;
/**
 * This many answers that leave it open are none either, whatever they look like: one by one, each may have paid out.
 */
export const DOUBTFUL_ANSWERS = 5;

/** Answers of which the rest was not read, because there was more than an answer may have. Nothing cut them off. */
const MORE_THAN_AN_ANSWER: ReadonlySet<string | null> = new Set(["response_too_large", "unsolicited_bytes"]);
/** The same with headers, so that not even the status is known. */
const TOO_MANY_HEADERS = "UND_ERR_HEADERS_OVERFLOW";
/** Answers without a status: something was said all the same. */
const SPOKEN: ReadonlySet<string | null> = new Set([TOO_MANY_HEADERS, "malformed_response"]);

/**
 * Whether something answered, and left open whether the event was applied: a page, a redirect, a message that was cut
 * off, interim answers without an end, bytes that are no HTTP. Not a connection that broke or fell silent before an
 * answer: that is the network. A 5xx or a 408 is not of that kind. It says that Reward, or something before it, is in
 * trouble for the time being; waiting ends that, and a person is not needed.
 */
export function isDoubtful({ httpStatus, errorCode }: Pick<EarlierAttempt, "httpStatus" | "errorCode">): boolean {
	if (httpStatus === null) return SPOKEN.has(errorCode);
	return httpStatus !== 408 && (httpStatus < 500 || httpStatus > 599);
}

/**
 * Whether such an answer will be the same the next time: each repeat may pay out once more, and none of them finds out
 * more. It came whole, or is more than is read of an answer.
 */
export function isLastingDoubt({ isWhole, httpStatus, errorCode }: Ambiguous): boolean {
	const isCut = !isWhole && !MORE_THAN_AN_ANSWER.has(errorCode) && errorCode !== TOO_MANY_HEADERS;
	return !isCut && isDoubtful({ httpStatus, errorCode });
}

/**
 * Whether asking again finds out nothing more: the same answer as the times before, or one too many of any kind. What a
 * body says is told by its code (no JSON, a contradiction, a redirect, what Reward calls it), so the same status and
 * code is the same answer: bodies have times and numbers in them.
 * @param earlier the attempts before it, latest first
 */
export function isHopelessDoubt(answer: Ambiguous, earlier: readonly EarlierAttempt[]): boolean {
	if (!isDoubtful(answer)) return false;
	const doubtful = earlier.filter((attempt) => attempt.outcome === "ambiguous" && isDoubtful(attempt));
	return doubtful.length + 1 >= DOUBTFUL_ANSWERS || (isLastingDoubt(answer) && isSameAgain(answer, earlier));
}

function isSameAgain(answer: Ambiguous, earlier: readonly EarlierAttempt[]): boolean {
	const before = earlier.slice(0, SAME_ANSWERS - 1);
	return (
		before.length === SAME_ANSWERS - 1 &&
		before.every(
			({ outcome, httpStatus, errorCode }) =>
				outcome === "ambiguous" && httpStatus === answer.httpStatus && errorCode === answer.errorCode,
		)
	);
}

/**
 * Whose fault answers are that leave everything open: if the trigger's other events were accepted meanwhile, the
 * event's own.
 * @param earlier the attempts before it, latest first
 * @param acceptedMsAgo since the start of the latest request of its trigger that was accepted; null: none
 */
export function attributeDoubt(
	earlier: readonly EarlierAttempt[],
	acceptedMsAgo: number | null,
): Exclude<Attribution, "unknown"> {
	const last = earlier[0];
	return last !== undefined && acceptedMsAgo !== null && acceptedMsAgo < last.endedMsAgo ? "event" : "trigger";
}

/**
 * Whose fault an unexplained 401 or 403 is: with a key that is wrong nothing would have been accepted since it was
 * refused before.
 * @param earlier the attempts before it, latest first
 * @param acceptedMsAgo since the start of the latest request that was accepted, by the same relay with the same key;
 *   null: none
 */
export function attributeUnexplained(
	earlier: readonly EarlierAttempt[],
	acceptedMsAgo: number | null,
): Exclude<Attribution, "trigger"> {
	const last = earlier[0];
	if (last === undefined || acceptedMsAgo === null) return "unknown";
	const wasRefusedAlike = last.outcome === "refused" && (last.httpStatus === 401 || last.httpStatus === 403);
	return wasRefusedAlike && acceptedMsAgo < last.endedMsAgo ? "event" : "unknown";
}

import type { Ambiguous } from "./outcome.ts";

/**
 * Whose fault a refusal is that does not say so itself, judged by what became of others. `event`: Reward accepts its neighbours.
 * `trigger`: it refuses every user of the trigger. `unknown`: too little has been seen.
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

/** The same answer so many times in a row is no accident: something between here and Reward is set up wrongly. */
export const SAME_ANSWERS = 3;

/** Answers of which the rest was not read, because there was more than an answer may have. Nothing cut them off. */
const MORE_THAN_AN_ANSWER: ReadonlySet<string | null> = new Set(["response_too_large", "unsolicited_bytes"]);
/** The same with headers, so that not even the status is known. */
const TOO_MANY_HEADERS = "UND_ERR_HEADERS_OVERFLOW";

/**
 * Whether an answer leaves open whether the event was applied, and will be the same the next time: each repeat may pay out once
 * more, and none of them finds out more. It came whole, or is more than is read of an answer. A 5xx or a 408 is not of that kind.
 * It says that Reward, or something before it, is in trouble for the time being; waiting ends that, and a person is not needed.
 */
export function isLastingDoubt({ isWhole, httpStatus, errorCode }: Ambiguous): boolean {
	if (errorCode === TOO_MANY_HEADERS) return true;
	if (!isWhole && !MORE_THAN_AN_ANSWER.has(errorCode)) return false;
	if (httpStatus === null || httpStatus === 408) return false;
	return httpStatus < 500 || httpStatus > 599;
}

/**
 * Whether the answer is the same as those before it. What a body says is told by its code (no JSON, a contradiction, a
 * redirect, what Reward calls it), so the same status and code is the same answer: bodies have times and numbers in them.
 * @param earlier the attempts before it, latest first
 */
export function isSameAgain(answer: Ambiguous, earlier: readonly EarlierAttempt[]): boolean {
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
 * Whose fault an unexplained 401 or 403 is: with a key that is wrong nothing would have been accepted since it was refused before.
 * @param earlier the attempts before it, latest first
 * @param acceptedMsAgo since the start of the latest request that was accepted, by the same relay with the same key; null: none
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

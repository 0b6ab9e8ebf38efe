import { classify, type ReceivedResponse, type ResponseHeaders } from "../../src/reward/classify.ts";

export const KEY = "sk_test_verysecretkey";
const context = { redact: (text: string) => text.replaceAll(KEY, "[redacted]"), now: () => 0 };
export const CUT = { code: "UND_ERR_SOCKET", message: "other side closed" };

export interface Given {
	readonly body?: string | Buffer;
	readonly headers?: ResponseHeaders;
	readonly failure?: ReceivedResponse["failure"];
}

export function outcomeOf(status: number, { body = "", headers = {}, failure = null }: Given = {}) {
	const bytes = typeof body === "string" ? Buffer.from(body) : body;
	const framing = { "content-length": String(bytes.length) };
	return classify({ status, headers: { ...framing, ...headers }, body: bytes, failure }, context);
}

export function verdict(status: number, given?: Given): string {
	const outcome = outcomeOf(status, given);
	return outcome.class === "refused" ? `refused/${outcome.fault}` : outcome.class;
}

export const json = (value: unknown): Given => ({ body: JSON.stringify(value) });
export const error = (code: string, message = "no") => json({ error: { code, message } });
export const untilClose: ResponseHeaders = { "content-length": undefined };

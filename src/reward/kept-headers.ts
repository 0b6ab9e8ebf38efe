/** Who answered: Reward itself or something in front of it; by which name they find it again; and when to come back. */
const KEPT = [
	"content-type",
	"retry-after",
	"location",
	"www-authenticate",
	"server",
	"via",
	"x-request-id",
	"request-id",
	"x-correlation-id",
	"x-amzn-requestid",
	"x-amz-cf-id",
	"cf-ray",
	"x-cache",
	"ratelimit",
	"ratelimit-remaining",
	"ratelimit-reset",
	"x-ratelimit-remaining",
	"x-ratelimit-reset",
] as const;

const MOST_CHARACTERS = 200;

/**
 * What is kept of the headers of an answer that was not accepted. Theirs is what the answer's body is: text by
 * somebody else, so the key is taken out, and what is not visible ASCII.
 */
export function keptHeaders(
	headers: Readonly<Record<string, string | string[] | undefined>>,
	redact: (text: string) => string,
): { readonly responseHeaders?: Readonly<Record<string, string>> } {
	const kept: Record<string, string> = {};
	for (const name of KEPT) {
		const value = headers[name];
		if (value !== undefined) kept[name] = shown(redact([value].flat().join(", ")));
	}
	return Object.keys(kept).length === 0 ? {} : { responseHeaders: kept };
}

function shown(text: string): string {
	const visible = text.replace(/[^ -~]/g, "?");
	return visible.length <= MOST_CHARACTERS ? visible : `${visible.slice(0, MOST_CHARACTERS - 3)}...`;
}

import { capped } from "../capped.ts";
import { type AlertMessage, headline, particulars } from "../message.ts";

/** Slack's limits, in characters. */
const MAX_HEADER = 150;
const MAX_TEXT = 3000;

/** A message for an incoming webhook of Slack: blocks, and one line for where only text is shown. */
export function slackBody(message: AlertMessage): object {
	return {
		text: escaped(headline(message), MAX_TEXT),
		blocks: [
			{ type: "header", text: { type: "plain_text", text: capped(heading(message), MAX_HEADER) } },
			section(message.title),
			...(message.status === "over" ? [] : [section(message.remedy)]),
			...linkTo(message.link),
			{ type: "context", elements: [words(particulars(message))] },
		],
	};
}

function heading({ status, severity, database, code }: AlertMessage): string {
	const mark = status === "over" ? "✅ over" : severity === "critical" ? "🔴 critical" : "🟠 warning";
	return `${mark}: ${code} in ${database}`;
}

function section(text: string): object {
	return { type: "section", text: words(text) };
}

/** `verbatim`: nothing in it becomes a link, a mention or a call to everybody. */
function words(text: string): object {
	return { type: "mrkdwn", text: escaped(text, MAX_TEXT), verbatim: true };
}

/** A link in a text rather than a button: a button asks the app for an answer, and an incoming webhook has none. */
function linkTo(link: string | null): object[] {
	if (link === null) return [];
	const text = { type: "mrkdwn", text: `<${escaped(link, MAX_TEXT)}|Open the console>`, verbatim: true };
	return [{ type: "section", text }];
}

/** Slack's three control characters, and no character cut in two. */
function escaped(text: string, most: number): string {
	const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
	let result = "";
	for (const character of text) {
		const next = entities[character] ?? character;
		if (result.length + next.length >= most) return `${result}…`;
		result += next;
	}
	return result;
}

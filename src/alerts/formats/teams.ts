import { capped } from "../capped.ts";
import { type AlertMessage, particulars } from "../message.ts";

/** Of each text: a message of Teams may have 28 KB. */
const MAX_TEXT = 2000;

/** An Adaptive Card for a workflow of Teams (or an incoming webhook, which takes the same). */
export function teamsBody(message: AlertMessage): object {
	const { status, severity, code, database, title, remedy, link } = message;
	const colour = status === "over" ? "Good" : severity === "critical" ? "Attention" : "Warning";
	const heading = `${status === "over" ? "Over" : severity}: ${code} in ${database}`;
	const content = {
		$schema: "http://adaptivecards.io/schemas/adaptive-card.json",
		type: "AdaptiveCard",
		version: "1.4",
		body: [
			line(heading, { weight: "Bolder", size: "Medium", color: colour }),
			line(title),
			...(status === "over" ? [] : [line(remedy)]),
			line(particulars(message), { isSubtle: true, size: "Small" }),
		],
		...(link === null ? {} : { actions: [{ type: "Action.OpenUrl", title: "Open the console", url: link }] }),
		msteams: { width: "Full" },
	};
	return {
		type: "message",
		attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content }],
	};
}

/** A rich text block: its text is shown as it is, where a text block would read Markdown in it. */
function line(text: string, style: object = {}): object {
	return { type: "RichTextBlock", inlines: [{ type: "TextRun", text: capped(text, MAX_TEXT), ...style }] };
}

import picocolors from "picocolors";
import type { Status } from "../event/event.ts";

/** The colour of a status, the same everywhere on the command line; any other text stays as it is. */
export function paintStatus(status: Status, text: string, colour: boolean): string {
	const { green, red, yellow, cyan, dim } = picocolors.createColors(colour);
	const paint: Record<Status, (text: string) => string> = {
		delivered: green,
		dead: red,
		uncertain: yellow,
		pending: cyan,
		sending: cyan,
		cancelled: dim,
	};
	return Object.hasOwn(paint, status) ? paint[status](text) : text;
}

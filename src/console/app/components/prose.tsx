import { Text } from "./text.tsx";
import { Time } from "./time.tsx";

const MOMENT = /(\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ)/;

/**
 * A sentence of the server, which tells times in UTC: here they are told in the viewer's zone, as everywhere on the
 * page.
 */
export function Prose({ text, cap }: { readonly text: string; readonly cap?: number }) {
	const parts = text.split(MOMENT);
	return parts.map((part, index) =>
		MOMENT.test(part) ? (
			// biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other identity
			<Time key={index} at={part.replace(" ", "T")} show="local" />
		) : (
			// biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other identity
			<Text key={index} value={part} {...(cap === undefined ? {} : { cap })} />
		),
	);
}

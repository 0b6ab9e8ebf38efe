const LOCAL_MOMENT = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?$/;
const MOMENT_WITH_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*(?:Z|[+-]\d\d:?\d\d)$/;

/** A date or a time without a zone is meant in the viewer's zone. Null: it is no moment. */
export function readMoment(typed: string): string | null {
	const text = typed.trim();
	const span = /^(?:(\d+)\s*([smhdw]|min))?$/.exec(text);
	if (span !== null) return `${span[1] ?? ""}${span[2]?.charAt(0) ?? ""}`;
	if (MOMENT_WITH_ZONE.test(text)) return text.replace(" ", "T");
	const local = LOCAL_MOMENT.exec(text);
	if (local === null) return null;
	const at = new Date(`${text.slice(0, 10)}T${local[4] ?? "00:00"}`);
	// 30 February would be a day in March.
	return at.getDate() === Number(local[3]) ? at.toISOString() : null;
}

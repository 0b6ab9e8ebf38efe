/** Microseconds and rounding. */
const TOLERANCE = 0.01;
const MOST = 12;

/** Where two values differ: the path, and both. */
export function differencesOf(real: unknown, model: unknown): string[] {
	const found: string[] = [];
	collect(real, model, "", found);
	return found.slice(0, MOST);
}

function collect(real: unknown, model: unknown, path: string, found: string[]): void {
	if (isEqual(real, model)) return;
	if (isObject(real) && isObject(model)) {
		for (const key of new Set([...Object.keys(real), ...Object.keys(model)]))
			collect(real[key], model[key], `${path}.${key}`, found);
		return;
	}
	found.push(`${path.slice(1)}: real ${show(real)}, model ${show(model)}`);
}

function isEqual(a: unknown, b: unknown): boolean {
	if (a === b) return true;
	const [x, y] = [asNumber(a), asNumber(b)];
	return x !== null && y !== null && (x === y || Math.abs(x - y) <= TOLERANCE);
}

/** JSON has no infinity. */
function asNumber(value: unknown): number | null {
	if (value === "Infinity") return Number.POSITIVE_INFINITY;
	return typeof value === "number" ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
	return JSON.stringify(value) ?? "nothing";
}

export function count(value: number): string {
	return value.toLocaleString("en");
}

export function seconds(ms: number): string {
	return `${(ms / 1000).toFixed(1)} s`;
}

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
	const line = (cells: readonly (string | number)[]) =>
		`| ${cells.map((cell) => (typeof cell === "number" ? count(cell) : cell)).join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function sum<T>(list: readonly T[], of: (one: T) => number): number {
	return list.reduce((total, one) => total + of(one), 0);
}

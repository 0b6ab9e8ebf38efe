import { readFile } from "node:fs/promises";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export interface DocumentedMetric {
	readonly name: string;
	readonly type: string;
	readonly labels: readonly string[];
}

/** A file of the checkout. */
export function readText(path: string): Promise<string> {
	return readFile(join(ROOT, path), "utf8");
}

/** The rows of the tables in a document, cells as they are written. */
export function tableRows(markdown: string): string[][] {
	return markdown
		.split("\n")
		.filter((line) => line.startsWith("| `"))
		.map((line) =>
			line
				.slice(1, -1)
				.split(/(?<!\\)\|/)
				.map((cell) => cell.trim()),
		);
}

/** Every metric that docs/metrics.md tells of. */
export async function documentedMetrics(): Promise<DocumentedMetric[]> {
	return tableRows(await readText("docs/metrics.md")).map(([name = "", type = "", labels = ""]) => ({
		name: name.replaceAll("`", ""),
		type,
		labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label as string),
	}));
}

/** What a Prometheus text tells of, by name. Labels of histograms' buckets are left out. */
export function exposedMetrics(text: string): DocumentedMetric[] {
	const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
	return types.map(([, name, type]) => {
		const sample = new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*)\\} \\S+$`, "gm");
		const labels = [...text.matchAll(sample)].flatMap(([, pairs = ""]) =>
			[...pairs.matchAll(/(\w+)="(?:\\.|[^"\\])*"/g)].map(([, label]) => label as string),
		);
		return {
			name: name as string,
			type: type as string,
			labels: [...new Set(labels)].filter((label) => label !== "le"),
		};
	});
}

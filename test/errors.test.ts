import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const SOURCE = join(import.meta.dirname, "..", "src");

test("every error of ours has its name written out, so that it survives a minifier", async () => {
	const files = (await readdir(SOURCE, { recursive: true })).filter((name) => name.endsWith(".ts"));
	const texts = await Promise.all(files.map((name) => readFile(join(SOURCE, name), "utf8")));
	const classes = texts.flatMap((text) => [
		...text.matchAll(
			/class (\w+) extends (?:OutboxError|\w*EmitError|InvalidEventError|ConfigurationError) \{\n(.*)\n/g,
		),
	]);
	expect(classes.length).toBeGreaterThan(8);
	const unnamed = classes.filter(
		([, name, first]) => !first?.includes(`static override readonly name: string = "${name}"`),
	);
	expect(unnamed.map(([, name]) => name)).toEqual([]);
});

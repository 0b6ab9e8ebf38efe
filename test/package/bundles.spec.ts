import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import esbuild from "esbuild";
import { rollup } from "rollup";
import { describe, expect, test } from "vitest";
import webpack from "webpack";
import { APPLICATION, applicationWith, file, PACKAGE, run } from "./application.ts";

/** Minified, with everything it needs. */
const MAX_BYTES = 20_000;
const ENTRY =
	'import { emit } from "reward-outbox";\nexport const purchase = (tx) => emit(tx, { trigger: "t", user: "u" });\n';

/** A module of the package's source, as the build marks where it begins. */
const MARKED = /^\/\/(?:#region)? (src\/\S+\.ts)$/gm;
const OF_THE_CLIENT = /^src\/(client\/.+|index|errors|suggestion)\.ts$/;

/** The modules of the package's source that are in these files of it. */
async function sourcesIn(files: readonly string[]): Promise<string[]> {
	const texts = await Promise.all(files.map((path) => readFile(path, "utf8")));
	return texts.flatMap((text) => [...text.matchAll(MARKED)].map(([, source]) => source as string));
}

/** The events that a bundle's `purchase` writes in a transaction. */
async function eventsOf(bundle: string): Promise<unknown> {
	const { purchase } = await import(bundle);
	const written: unknown[] = [];
	const tx = {
		escapeIdentifier: (text: string) => text,
		getTransactionStatus: () => "T",
		query: async (_text: string, values: unknown[]) => {
			written.push(values.slice(0, 3));
			return { rows: [{ id: "an id" }] };
		},
	};
	await purchase(tx);
	return written;
}

describe("emit in a bundle is the client alone", () => {
	test("by esbuild, for Node and for a browser", async () => {
		const entry = await file("entry.js", ENTRY);
		for (const platform of ["node", "browser"] as const) {
			const outfile = join(APPLICATION, `esbuild-${platform}.mjs`);
			const { metafile } = await esbuild.build({
				entryPoints: [entry],
				bundle: true,
				minify: true,
				format: "esm",
				platform,
				outfile,
				metafile: true,
			});
			const inputs = Object.keys(metafile.inputs).filter((path) => path.includes("node_modules/reward-outbox/"));
			const sources = await sourcesIn(inputs.map((path) => join(PACKAGE, path.replace(/^.*?reward-outbox\//, ""))));
			expect(sources).toContain("src/client/emit.ts");
			expect(sources.filter((source) => !OF_THE_CLIENT.test(source))).toEqual([]);
			expect((await stat(outfile)).size).toBeLessThan(MAX_BYTES);
			expect(await eventsOf(outfile)).toEqual([["t", "u", "{}"]]);
		}
	});

	test("by webpack", async () => {
		const entry = await file("entry.js", ENTRY);
		const stats = await new Promise<webpack.Stats | undefined>((done, fail) => {
			const options: webpack.Configuration = {
				mode: "production",
				entry,
				experiments: { outputModule: true },
				output: { path: APPLICATION, filename: "webpack.mjs", library: { type: "module" } },
			};
			webpack(options, (error, result) => (error ? fail(error) : done(result)));
		});
		expect(stats?.toJson().errors).toEqual([]);
		expect((await stat(join(APPLICATION, "webpack.mjs"))).size).toBeLessThan(MAX_BYTES);
		expect(await eventsOf(join(APPLICATION, "webpack.mjs"))).toEqual([["t", "u", "{}"]]);
	});

	test("by Rollup", async () => {
		const bundle = await rollup({ input: await file("entry.js", ENTRY), plugins: [nodeResolve()] });
		const { output } = await bundle.generate({ format: "esm" });
		expect(output).toHaveLength(1);
		expect(output[0].imports).toEqual([]);
		expect(Object.keys(output[0].modules).filter((id) => id.startsWith(PACKAGE)).length).toBeGreaterThan(0);
	});

	test("by Next, in a route, with Turbopack", async () => {
		const next = await applicationWith("next-shop", []);
		await file("next-shop/package.json", '{ "name": "next-shop", "private": true, "type": "module" }');
		await file("next-shop/app/layout.js", "export default ({ children }) => children;\n");
		await file("next-shop/app/page.js", "export default () => null;\n");
		await file(
			"next-shop/app/purchase/route.js",
			'import { purchase } from "../../purchase.js";\n' +
				"export const POST = async () => Response.json(await purchase(globalThis.tx));\n",
		);
		await file("next-shop/purchase.js", ENTRY);
		await file(
			"next-shop/next.config.js",
			`export default { turbopack: { root: ${JSON.stringify(next)} }, outputFileTracingRoot: ${JSON.stringify(next)} };\n`,
		);
		const tools = [
			"next",
			"react",
			"react-dom",
			"@next",
			"@swc",
			"styled-jsx",
			"client-only",
			"postcss",
			"nanoid",
			"scheduler",
		];
		await applicationWith("next-shop", [
			...tools,
			"picocolors",
			"source-map-js",
			"caniuse-lite",
			"baseline-browser-mapping",
		]);
		const bin = join(next, "node_modules", "next", "dist", "bin", "next");
		const { stdout } = await run(process.execPath, [bin, "build"], { NEXT_TELEMETRY_DISABLED: "1" }, next);
		expect(stdout).toContain("/purchase");
	});
});

test("errors keep their names and codes in a minified bundle", async () => {
	const entry = await file("errors.js", 'export * from "reward-outbox";\n');
	const outfile = join(APPLICATION, "errors.mjs");
	await esbuild.build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", outfile });
	expect(await readFile(outfile, "utf8")).not.toMatch(/class InvalidEventError/);
	const { emit } = await import(outfile);
	await expect(emit({}, { trigger: "", user: "u" })).rejects.toMatchObject({
		name: "InvalidEventError",
		code: "invalid_event",
	});
	await expect(emit({}, { trigger: "t", user: "u" })).rejects.toMatchObject({
		name: "UnsupportedTransactionError",
		code: "unsupported_transaction",
	});
});

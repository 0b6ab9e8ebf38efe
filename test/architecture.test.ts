import { readdir, readFile } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");

/** One source file: what it imports, and its text without comments. */
interface Source {
	/** From the root, with slashes: `src/relay/relay.ts`. */
	readonly path: string;
	readonly code: string;
	/**
	 * Paths of other sources; names of packages and `node:` modules as they are written. What is loaded with the file.
	 */
	readonly imports: readonly string[];
	/** The same with types, and with what is imported on demand. */
	readonly mentions: readonly string[];
}

const sources = await readSources();

async function readSources(): Promise<Source[]> {
	const files = await readdir(join(ROOT, "src"), { recursive: true, withFileTypes: true });
	const paths = files
		.filter((file) => file.isFile() && /\.tsx?$/.test(file.name))
		.map((file) => join(file.parentPath, file.name));
	return Promise.all(
		paths.map(async (file) => {
			const path = relative(ROOT, file).split(sep).join("/");
			const code = withoutComments(await readFile(file, "utf8"));
			const statements = [...code.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^"';]*?from\s*)?"([^"]+)"/gm)];
			const onDemand = [...code.matchAll(/\bimport\(\s*"([^"]+)"/g)].map(([, target]) =>
				resolve(path, target as string),
			);
			const imports = statements
				.filter(([, type]) => type === undefined)
				.map(([, , target]) => resolve(path, target as string));
			const mentions = [...statements.map(([, , target]) => resolve(path, target as string)), ...onDemand];
			return { path, code, imports, mentions };
		}),
	);
}

/** Leaves strings alone, of which some hold `//`. */
function withoutComments(text: string): string {
	return text.replace(/("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "$1");
}

function resolve(from: string, target: string): string {
	return target.startsWith(".") ? posix.join(dirname(from), target) : target;
}

function below(folder: string): Source[] {
	const found = sources.filter(({ path }) => path.startsWith(`src/${folder}/`));
	expect(found.length, `src/${folder} is not empty`).toBeGreaterThan(0);
	return found;
}

/** `file -> import` for every import that breaks the rule; type imports count. */
function offences(of: readonly Source[], isForbidden: (target: string) => boolean): string[] {
	return of.flatMap(({ path, mentions }) => mentions.filter(isForbidden).map((target) => `${path} -> ${target}`));
}

/** Everything that is loaded when `path` is. */
function loadedBy(path: string, seen = new Set<string>()): Set<string> {
	if (seen.has(path)) return seen;
	seen.add(path);
	for (const target of sources.find((source) => source.path === path)?.imports ?? []) loadedBy(target, seen);
	return seen;
}

describe("walls", () => {
	test("SQL is written in the store, the connection, the client and the migrations only", () => {
		// At the beginning of a string: in the middle of one it is advice for a person.
		const statement =
			/["'`]\s*(?:(?:SELECT|WITH)\s+[\w*$('"]|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|(?:CREATE|DROP|ALTER)\s+(?:TABLE|DATABASE|SCHEMA|INDEX|FUNCTION)\s|(?:UN)?LISTEN\s+\S+["'`]|NOTIFY\s+\S+["'`])/;
		const allowed = /^src\/(?:store|client|connection)\//;
		expect(
			sources.filter(({ path, code }) => !allowed.test(path) && statement.test(code)).map(({ path }) => path),
		).toEqual([]);
	});

	test("only src/cli.ts touches the process", () => {
		const uses = sources
			.filter(({ code }) => /\bprocess\.[a-z]|"(?:node:)?process"|globalThis\.process/.test(code))
			.map(({ path }) => path);
		expect(uses.filter((path) => path !== "src/cli.ts")).toEqual([]);
	});

	test("the domain in src/event is pure: it imports nothing from outside, reads no clock and rolls no dice", () => {
		const domain = below("event");
		expect(offences(domain, (target) => !target.startsWith("src/event/"))).toEqual([]);
		const impure = /\b(?:Date\.now|new Date\(\)|performance\.|Math\.random|setTimeout|setInterval|console\.|fetch\()/;
		expect(domain.filter(({ code }) => impure.test(code)).map(({ path }) => path)).toEqual([]);
	});

	test("words stand at the edge: the domain has none of the command line, and neither it nor the store needs any", () => {
		const domain = below("event");
		expect(domain.filter(({ code }) => /reward-outbox [a-z]/.test(code)).map(({ path }) => path)).toEqual([]);
		expect(offences([...domain, ...below("store")], (target) => target.startsWith("src/words/"))).toEqual([]);
		expect(
			offences(below("words"), (target) => !/^src\/(?:event\/|words\/|client\/event-fields\.ts)/.test(target)),
		).toEqual([]);
	});

	test("the store and the sender do not know each other, nor the relay", () => {
		expect(offences(below("store"), (target) => /^src\/(?:reward|relay|http|cli)\b/.test(target))).toEqual([]);
		expect(
			offences(below("reward"), (target) => /^src\/(?:store|relay|http|cli)\b/.test(target) || target === "pg"),
		).toEqual([]);
	});

	test("importing the client loads neither the relay nor the store nor a database driver", () => {
		const loaded = [...loadedBy("src/index.ts")];
		expect(loaded.length).toBeGreaterThan(3);
		expect(
			loaded.filter((path) => /^src\/(?:relay|store|reward|http|api|access|console|cli|sandbox)\b/.test(path)),
		).toEqual([]);
		expect(loaded.filter((path) => !path.startsWith("src/") && !path.startsWith("node:"))).toEqual([]);
		// Not even on demand: a bundler follows that, and so do the declarations.
		expect(
			offences(
				sources.filter(({ path }) => loaded.includes(path)),
				(target) => /^src\/(?!client\/|errors\.ts|identifier\.ts|suggestion\.ts)/.test(target),
			),
		).toEqual([]);
		expect(
			offences(
				below("client"),
				(target) => /^src\/(?:relay|store|reward|http|cli|sandbox)\b/.test(target) || target === "pg",
			),
		).toEqual([]);
	});

	test("the relay gets its clock, its random numbers, its database and every package from outside", () => {
		const ambient =
			/\b(?:Date\.now|new Date\(|performance\.|Math\.random|setTimeout|setInterval|randomUUID|randomBytes)\b/;
		const relay = [...below("relay"), ...sources.filter(({ path }) => /^src\/timing\/(?!system-clock)/.test(path))];
		expect(relay.filter(({ code }) => ambient.test(code)).map(({ path }) => path)).toEqual([]);
		expect(offences(relay, (target) => !target.startsWith("src/") || target === "src/timing/system-clock.ts")).toEqual(
			[],
		);
	});

	test("only src/composition puts a relay together, and only those who run one know it", () => {
		const isComposition = (target: string) => target.startsWith("src/composition/");
		const others = sources.filter(({ path }) => !isComposition(path));
		expect(offences(others, isComposition).map((offence) => offence.split(" -> ")[0])).toEqual(
			expect.arrayContaining(["src/cli/commands/relay.ts", "src/demo/run.ts"]),
		);
		expect(
			offences(
				others.filter(({ path }) => !/^src\/(?:cli|demo)\//.test(path)),
				isComposition,
			),
		).toEqual([]);
	});

	test("the relay knows nobody who watches it: not metrics, alerts, tracing, HTTP or the command line", () => {
		const watchers = /^src\/(?:metrics|alerts|tracing|http|api|access|config|console|cli|demo|client)\b/;
		expect(offences(below("relay"), (target) => watchers.test(target))).toEqual([]);
		expect(
			offences(
				below("metrics"),
				(target) => target.startsWith("src/") && !/^src\/(?:metrics|relay|event)\//.test(target),
			),
		).toEqual([]);
	});

	test("the console's page takes types from the API's schemas and pure code from the domain, and is nobody's dependency", () => {
		const page = below("console/app").filter(({ path }) => !path.endsWith("vite.config.ts"));
		const isOwn = (target: string) => target.startsWith("src/console/app/");
		const isPure = (target: string) =>
			/^src\/(?:event\/|words\/|client\/event-fields\.ts|escape\.ts|exact-json\.ts)/.test(target);
		expect(page.flatMap(({ imports }) => imports).filter((target) => target.startsWith("src/api/"))).toEqual([]);
		expect(
			offences(
				page,
				(target) =>
					target.startsWith("src/") && !isOwn(target) && !isPure(target) && !target.startsWith("src/api/schema/"),
			),
		).toEqual([]);
		expect(offences(page, (target) => target.startsWith("node:"))).toEqual([]);
		expect(
			offences(
				sources.filter(({ path }) => !isOwn(path)),
				isOwn,
			),
		).toEqual([]);
		// What the domain and these two import, the browser gets as well.
		expect(
			offences(
				sources.filter(({ path }) => /^src\/(?:escape|exact-json)\.ts$/.test(path)),
				() => true,
			),
		).toEqual([]);
	});

	test("the console is loaded on demand only: by whoever serves it, and never with the relay or the command line", () => {
		const ofConsole = (path: string) => /^src\/(?:api|console)\//.test(path) || /^(?:@fastify\/|typebox)/.test(path);
		for (const entry of ["src/composition/index.ts", "src/cli/main.ts", "src/http/server.ts", "src/index.ts"]) {
			expect([...loadedBy(entry)].filter(ofConsole), entry).toEqual([]);
		}
		const others = sources.filter(({ path }) => !/^src\/(?:api|console|cli|demo)\//.test(path));
		expect(offences(others, (target) => /^src\/(?:api|console)\//.test(target))).toEqual([]);
	});

	test("the schemas of the API know the domain and nothing else, so that the page can share them", () => {
		const allowed =
			/^(?:typebox$|src\/api\/schema\/|src\/event\/|src\/identifier\.ts$|src\/client\/event-fields\.ts$|src\/words\/event-fields\.ts$)/;
		expect(offences(below("api/schema"), (target) => !allowed.test(target))).toEqual([]);
	});

	test("how a server is found knows nothing of what it is for", () => {
		expect(
			offences(below("connection"), (target) => /^src\/(?!connection\/|errors\.ts|regular-file\.ts)/.test(target)),
		).toEqual([]);
	});

	test("who is let in is decided without HTTP, and the HTTP server does not know the store", () => {
		expect(offences(below("access"), (target) => /^src\/(?!access\/)/.test(target))).toEqual([]);
		expect(
			offences(
				below("http"),
				(target) => /^src\/(?:store|api|relay|reward|cli)\//.test(target) && target !== "src/relay/health.ts",
			),
		).toEqual([]);
	});

	test("only src/oidc knows OpenID Connect, without HTTP or the store, and it is loaded on demand alone", () => {
		const others = sources.filter(({ path }) => !path.startsWith("src/oidc/"));
		expect(offences(others, (target) => target === "openid-client")).toEqual([]);
		expect(offences(below("oidc"), (target) => /^src\/(?!oidc\/|access\/|config\/|connection\/)/.test(target))).toEqual(
			[],
		);
		const loads = sources.filter(({ imports }) => imports.includes("src/oidc/provider.ts"));
		expect(loads.map(({ path }) => path)).toEqual([]);
	});

	test("only src/tracing knows OpenTelemetry, and it is loaded on demand alone", () => {
		const telemetry = (target: string) => target.startsWith("@opentelemetry/");
		expect(offences(sources, telemetry).filter((offence) => !offence.startsWith("src/tracing/"))).toEqual([]);
		const loadsTracing = sources.filter(({ imports }) => imports.some((target) => target.startsWith("src/tracing/")));
		expect(loadsTracing.map(({ path }) => path).filter((path) => !path.startsWith("src/tracing/"))).toEqual([]);
		expect(offences(below("tracing"), (target) => /^src\/(?:relay|cli|http)\b/.test(target))).toEqual([]);
	});

	test("alerts know nothing of the relay", () => {
		expect(offences(below("alerts"), (target) => /^src\/(?:relay|composition|reward|cli|http)\b/.test(target))).toEqual(
			[],
		);
	});

	test("nothing but the command line imports the command line", () => {
		const others = sources.filter(({ path }) => !/^src\/cli(?:\/|\.ts$)/.test(path));
		expect(offences(others, (target) => /^src\/cli(?:\/|\.ts$)/.test(target))).toEqual([]);
	});
});

test("no file imports itself in the end, not even for types or on demand", () => {
	const cycles: string[] = [];
	const done = new Set<string>();
	const visit = (path: string, trail: readonly string[]): void => {
		if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
		if (done.has(path) || trail.includes(path)) return;
		for (const target of sources.find((source) => source.path === path)?.mentions ?? [])
			visit(target, [...trail, path]);
		done.add(path);
	};
	for (const { path } of sources) visit(path, []);
	expect(cycles).toEqual([]);
});

test("every import of a source names a file that is there", () => {
	const paths = new Set(sources.map(({ path }) => path));
	expect(offences(sources, (target) => /^src\/.*\.tsx?$/.test(target) && !paths.has(target))).toEqual([]);
});

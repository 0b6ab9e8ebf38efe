import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { packageFile } from "../package-file.ts";

const INDEX = "index.html";
const NOT_BUILT =
	"The console's pages are not built.\nRun: npm run build:console\nThe API is served meanwhile, below /api/v1; see docs/api.md.\n";

/** Where the built pages are. */
export const PAGE_FOLDERS: readonly string[] = [fileURLToPath(packageFile("dist/console-app"))];

/** Whether a path belongs to the pages: they hold no data, so everybody gets them. */
export function isPagePath(method: string, path: string): boolean {
	return (method === "GET" || method === "HEAD") && /^\/(?:console(?:\/.*)?)?$/.test(path);
}

/** Serves the pages. Only files that are there at the start: no path leads anywhere else. */
export async function addPages(server: FastifyInstance, folders: readonly string[] = PAGE_FOLDERS): Promise<void> {
	const found = builtIn(folders);
	server.get("/", async (_request, reply) => await reply.redirect("/console/"));
	server.get("/console", async (_request, reply) => await reply.redirect("/console/"));
	if (found !== null) await server.register(fastifyStatic, { root: found.root, serve: false, cacheControl: false });
	servePages(server, "/console", folders);
}

/** Serves them below another path as well, once {@link addPages} has been called. */
export function servePages(server: FastifyInstance, prefix: string, folders: readonly string[]): void {
	const found = builtIn(folders);
	if (found === null) {
		server.get(`${prefix}/*`, async (_request, reply) => {
			return await reply.code(503).type("text/plain; charset=utf-8").send(NOT_BUILT);
		});
		return;
	}
	server.get<{ Params: { "*": string } }>(`${prefix}/*`, async (request, reply) => {
		const name = request.params["*"];
		if (found.files.has(name) && name !== INDEX) {
			// The names of built files change with what is in them.
			if (/-[\w-]{8,20}\.\w{2,5}$/.test(name)) reply.header("cache-control", "public, max-age=31536000, immutable");
			return reply.sendFile(name);
		}
		// A page of the application, whatever its address; a missing file is one.
		if (name.startsWith("assets/")) return reply.callNotFound();
		return reply.header("cache-control", "no-cache").sendFile(INDEX);
	});
}

function builtIn(folders: readonly string[]): { readonly root: string; readonly files: Set<string> } | null {
	return folders.map((root) => ({ root, files: filesIn(root) })).find(({ files }) => files.has(INDEX)) ?? null;
}

function filesIn(root: string): Set<string> {
	try {
		const entries = readdirSync(root, { recursive: true, withFileTypes: true });
		const files = entries.filter((entry) => entry.isFile());
		return new Set(
			files.map(({ parentPath, name }) =>
				join(parentPath, name)
					.slice(root.length + 1)
					.replaceAll("\\", "/"),
			),
		);
	} catch {
		return new Set();
	}
}

// Writes docs/openapi.json from the schemas that check requests. It needs no database: nothing is asked of it.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Access } from "../src/access/access.ts";
import { Console } from "../src/api/console.ts";
import { startHttpServer } from "../src/http/server.ts";

const secret = "only-for-the-length-of-this-script";
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} };
const access = new Access({
	tokens: [{ name: "script", role: "viewer", secret }],
	wallClock: () => Date.now(),
	clock: () => performance.now(),
});
const api = new Console({ databaseUrl: "postgres://127.0.0.1:1/none", access, defaultMaxAttempts: 20, logger: quiet });
const server = await startHttpServer({
	host: "127.0.0.1",
	port: 0,
	access,
	health: async () => ({ ready: true, database: { ok: true }, listener: { mode: "polling" }, paused: null }),
	routes: (fastify) => api.addTo(fastify),
	logger: quiet,
});
const answer = await fetch(`${server.url}/api/v1/openapi.json`, { headers: { authorization: `Bearer ${secret}` } });
const file = join(import.meta.dirname, "../docs/openapi.json");
await writeFile(file, `${JSON.stringify(await answer.json(), null, 2)}\n`);
await server.close();
await api.close();

import { Access } from "../../src/access/access.ts";
import type { Token } from "../../src/access/token.ts";
import { Console } from "../../src/api/console.ts";
import { createRelay } from "../../src/composition/index.ts";
import { startHttpServer } from "../../src/http/server.ts";
import type { Logger } from "../../src/logger.ts";
import type { Provider } from "../../src/oidc/provider.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { answer, type Reply, startScriptedReward } from "../support/scripted-reward.ts";
import { buildPage } from "./built-page.ts";

export const OPERATOR: Token = { name: "anna", role: "operator", secret: "operator-token-of-the-tests" };
export const VIEWER: Token = { name: "victor", role: "viewer", secret: "viewer-token-of-the-tests" };

const SILENT: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} };

/**
 * Everything real: a relay that delivers to the sandbox, and the console beside it, with the page as its source is now.
 */
export interface ConsoleUnderTest extends AsyncDisposable {
	/** Where the page is: `http://127.0.0.1:…/console`. */
	readonly url: string;
	readonly origin: string;
	readonly access: Access;
	/** Users whom Reward does not know (any more): their events are refused. Everybody else's reach the sandbox. */
	readonly unknownUsers: Set<string>;
	/** Users for whom the connection breaks after the request. */
	readonly unluckyUsers: Set<string>;
	/** What the sandbox has applied for a user. */
	applied(user: string): Promise<number>;
	/** Stops sending; events that are written wait. */
	stopRelay(): Promise<void>;
}

export async function startConsole(
	databaseUrl: string,
	{ port = 0, provider = null }: { readonly port?: number; readonly provider?: Provider | null } = {},
): Promise<ConsoleUnderTest> {
	const undo: (() => Promise<unknown>)[] = [];
	const page = await buildPage();
	undo.push(() => page.remove());
	const sandbox = await startSandbox();
	undo.push(() => sandbox.close());
	const unknownUsers = new Set<string>();
	const unluckyUsers = new Set<string>();
	const reward = await startScriptedReward({
		script: ({ userId }) => {
			if (unknownUsers.has(userId)) return UNKNOWN_USER;
			return unluckyUsers.has(userId) ? BROKEN : forwardedTo(sandbox.url);
		},
	});
	undo.push(() => reward[Symbol.asyncDispose]());
	const relay = await createRelay({
		databaseUrl,
		rewardApiKey: "sk_test_console",
		rewardApiUrl: reward.url,
		pollIntervalMs: 500,
		backoffBaseMs: 50,
		backoffCapMs: 200,
		name: "relay-1",
	});
	undo.push(() => relay.stop(2000));
	await relay.start();
	const access = new Access({
		tokens: [OPERATOR, VIEWER],
		...(provider === null ? {} : { peopleKey: provider.peopleKey }),
		onFailure: (address, by) => console.signIns.refused(by, address),
		wallClock: () => Date.now(),
		clock: () => performance.now(),
	});
	const console = new Console({
		databaseUrl,
		access,
		provider,
		defaultMaxAttempts: 20,
		logger: SILENT,
		pageFolders: [page.folder],
	});
	undo.push(() => console.close());
	const server = await startHttpServer({
		host: "127.0.0.1",
		port,
		access,
		health: relay.health,
		metrics: relay.metrics,
		routes: (routes) => console.addTo(routes),
		isOpen: (method, path) => console.isOpen(method, path),
		logger: SILENT,
	});
	undo.push(() => server.close());
	return {
		url: `${server.url}/console`,
		origin: server.url,
		access,
		unknownUsers,
		unluckyUsers,
		applied: (user) => countApplied(sandbox.url, user),
		stopRelay: () => relay.stop(2000),
		[Symbol.asyncDispose]: async () => {
			for (const close of undo.reverse()) await close();
		},
	};
}

const UNKNOWN_USER = answer(
	422,
	JSON.stringify({ error: { code: "user_not_found", message: "No user with this id exists in the project" } }),
	{ "content-type": "application/json" },
);
/** The request has arrived; whether it was applied, nobody learns. */
const BROKEN: Reply = { applies: false, act: (socket) => void socket.resetAndDestroy() };

/** The sandbox gets the request as it is, and its answer goes back. */
function forwardedTo(sandboxUrl: string): Reply {
	return {
		applies: true,
		act: async (socket, request) => {
			const response = await fetch(sandboxUrl + request.path, {
				method: "POST",
				headers: {
					authorization: request.headers.get("authorization") ?? "",
					"idempotency-key": request.idempotencyKey,
					"content-type": "application/json",
				},
				body: request.body.toString("utf8"),
			});
			const reply = answer(response.status, await response.text(), { "content-type": "application/json" });
			await reply.act(socket, request);
		},
	};
}

async function countApplied(sandboxUrl: string, user: string): Promise<number> {
	const response = await fetch(`${sandboxUrl}/events`);
	const { events } = (await response.json()) as { events: { user_id: string }[] };
	return events.filter(({ user_id }) => user_id === user).length;
}

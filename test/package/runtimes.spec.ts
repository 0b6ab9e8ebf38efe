import { describe, expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { applicationWith, file, run, tool } from "./application.ts";

const NODE = [process.execPath];
const BUN = [tool("bun")];
const DENO = [tool("deno"), "run", "--allow-all", "--no-lock"];
const PG = ["pg", "pg-types", "pg-pool", "pg-protocol", "pg-connection-string", "pgpass", "postgres-array"];
const PG_DEPENDENCIES = ["postgres-bytea", "postgres-date", "postgres-interval", "pg-int8", "split2", "xtend"];

const PURCHASE = `
import pg from "pg";
import { emit } from "reward-outbox";
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query("BEGIN");
const id = await emit(client, { trigger: "paid", user: "user1", payload: { value: 19.99 } });
await client.query("COMMIT");
const refusal = await emit(client, { trigger: "paid", user: "user1" }).catch((error) => error);
await client.end();
console.log(JSON.stringify({ id, code: refusal.code, name: refusal.name }));
process.exit(0);
`;

describe("emit", () => {
	test.each([
		["Node", NODE],
		["Bun", BUN],
		["Deno", DENO],
	])("works on %s", async (name, [command = "", ...args]) => {
		await using database = await createTestDatabase();
		const folder = `on-${name.toLowerCase()}`;
		const application = await applicationWith(folder, [...PG, ...PG_DEPENDENCIES]);
		await file(`${folder}/package.json`, '{ "name": "shop", "private": true, "type": "module" }');
		const program = await file(`${folder}/purchase.mjs`, `import process from "node:process";${PURCHASE}`);
		const { stdout } = await run(command, [...args, program], { DATABASE_URL: database.url }, application);
		const { id, ...refusal } = JSON.parse(stdout);
		expect(refusal).toEqual({ code: "not_in_transaction", name: "NotInTransactionError" });
		const { rows } = await database.query("SELECT id, user_id, payload::text FROM reward_outbox.events");
		expect(rows).toEqual([{ id, user_id: "user1", payload: '{"value": 19.99}' }]);
	});

	test("works in a transaction of Bun's own SQL, and not outside one", async () => {
		await using database = await createTestDatabase();
		const application = await applicationWith("bun-sql", []);
		const program = await file(
			"bun-sql/purchase.mjs",
			`import { SQL } from "bun";
import { emit } from "reward-outbox";
const sql = new SQL(process.env.DATABASE_URL);
const event = { trigger: "paid", user: "user1", payload: { value: 19.99 } };
await sql.begin((tx) => emit(tx, event));
await sql.begin(async (tx) => {
	await emit(tx, event);
	throw new Error("card declined");
}).catch(() => {});
console.log((await emit(sql, event).catch((error) => error)).reason);
await sql.close();
`,
		);
		const { stdout } = await run(BUN[0] ?? "", [program], { DATABASE_URL: database.url }, application);
		expect(stdout.trim()).toBe("pool");
		const { rows } = await database.query("SELECT user_id, payload::text FROM reward_outbox.events");
		expect(rows).toEqual([{ user_id: "user1", payload: '{"value": 19.99}' }]);
	});

	test("works in Jest, which loads CommonJS", async () => {
		const application = await applicationWith("in-jest", []);
		await file("in-jest/package.json", '{ "name": "shop", "private": true, "jest": { "transform": {} } }');
		await file(
			"in-jest/purchase.test.js",
			`const { emit } = require("reward-outbox");
const { expectEvents, fakeTransaction, schemaSql, startSandbox } = require("reward-outbox/testing");
test("refuses what is no transaction", async () => {
	await expect(emit({}, { trigger: "t", user: "u" })).rejects.toMatchObject({ code: "unsupported_transaction" });
	const sandbox = await startSandbox();
	expect(sandbox.url).toMatch(/^http:/);
	await sandbox.close();
});
test("emits in a fake transaction", async () => {
	const tx = fakeTransaction();
	await emit(tx, { trigger: "t", user: "u" });
	await expectEvents(tx, [{ trigger: "t", user: "u" }]);
	expect(await schemaSql()).toContain("CREATE TABLE");
});
`,
		);
		const { stderr } = await run(tool("jest"), ["--rootDir", application], {}, application);
		expect(stderr).toContain("2 passed");
	});
});

describe("a relay", () => {
	test.each([
		["Bun", BUN],
		["Deno", DENO],
	])("refuses to start on %s, and says why", async (name, [command = "", ...args]) => {
		const folder = `relay-on-${name.toLowerCase()}`;
		const application = await applicationWith(folder, []);
		const program = await file(
			`${folder}/relay.mjs`,
			`import { createRelay } from "reward-outbox/relay";
const options = { databaseUrl: "postgres://127.0.0.1:1/none", rewardApiKey: "sk_test_abc" };
const error = await createRelay(options).catch((thrown) => thrown);
console.log(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }));
`,
		);
		const { stdout } = await run(command, [...args, program], {}, application);
		expect(JSON.parse(stdout)).toEqual({
			code: "unsupported_runtime",
			message: expect.stringMatching(new RegExp(`^a relay does not run on ${name}: `)),
			hint: expect.stringContaining("Node.js"),
		});
	});
});

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { done, login, sql, theWholeJobWorks } from "./shop.ts";

vi.setConfig({ testTimeout: 120_000 });

const FOLDER = join(import.meta.dirname, "../../docs/platforms");
const pages = (await readdir(FOLDER)).sort();

interface Step {
	readonly language: "sh" | "sql";
	readonly lines: readonly string[];
}

/** What a page says to type, in its order. */
async function stepsOf(page: string): Promise<Step[]> {
	const text = await readFile(join(FOLDER, page), "utf8");
	return [...text.matchAll(/^```(sh|sql)\n([\s\S]*?)^```/gm)].map(([, language, lines = ""]) => ({
		language: language as Step["language"],
		lines: lines.trim().split("\n"),
	}));
}

/** The same for all platforms of one kind: names of users, hosts and parameters of the address are a platform's own. */
function inCommon(steps: readonly Step[]): string {
	return steps
		.flatMap(({ lines }) => lines)
		.join("\n")
		.replace(/'postgres:\/\/shop_relay:of-the-relay@[^']*'/g, "'AS RELAY'")
		.replace(/'postgres:\/\/\w+:PASSWORD@[^']*\/shop[^']*'/g, "'AS ADMINISTRATOR'")
		.replace(/reward_outbox_writer TO \w+/g, "reward_outbox_writer TO APPLICATION");
}

describe("the pages of platforms", () => {
	test("say to type what is run below, whatever the platform calls users and hosts", async () => {
		const common = new Map(
			await Promise.all(pages.map(async (page) => [page, inCommon(await stepsOf(page))] as const)),
		);
		const withRoles = common.get("amazon-rds.md");
		const alone = pages.filter((page) => common.get(page) !== withRoles);
		expect(pages).toHaveLength(8);
		expect(alone).toEqual(["heroku.md"]);
		expect(withRoles).toContain("reward-outbox migrate\n");
	});

	test("work for an administrator who may create roles and is no superuser", async () => {
		await using server = await startPostgres();
		await sql(server.url, "CREATE ROLE admin LOGIN PASSWORD 'admin' CREATEROLE CREATEDB");
		await sql(
			login(server, "admin", "postgres"),
			"CREATE DATABASE shop",
			"CREATE ROLE shop_app LOGIN PASSWORD 'shop_app'",
		);
		const admin = login(server, "admin", "shop");
		await follow(await stepsOf("amazon-rds.md"), server, admin);
		const relay = new URL(admin);
		relay.username = "shop_relay";
		relay.password = "of-the-relay";
		const writer = login(server, "shop_app", "shop");
		await theWholeJobWorks({ owner: admin, writer, relay: relay.href, operator: admin });
	});

	test("work for one user who may create nothing but tables", async () => {
		await using server = await startPostgres();
		await sql(server.url, "CREATE ROLE solo LOGIN PASSWORD 'solo'", "CREATE DATABASE solo OWNER solo");
		const solo = login(server, "solo", "solo");
		await follow(await stepsOf("heroku.md"), server, solo);
		await theWholeJobWorks({ owner: solo, writer: solo, relay: solo, operator: solo });
	});
});

/** Types what a page says, here instead of there; the relay runs afterwards. */
async function follow(steps: readonly Step[], server: PostgresServer, administrator: string): Promise<void> {
	let address = administrator;
	for (const { language, lines } of steps) {
		if (language === "sql") await sql(administrator, ...lines);
		for (const line of language === "sh" ? lines : []) {
			const login = /^export DATABASE_URL='postgres:\/\/(\w+):([^@]+)@/.exec(line);
			if (login !== null) address = login[2] === "PASSWORD" ? administrator : asUser(login, administrator);
			else await type(line, address);
		}
	}
	expect(server.url).not.toBe(address);
}

function asUser([, user = "", password = ""]: readonly string[], address: string): string {
	return Object.assign(new URL(address), { username: user, password }).href;
}

async function type(line: string, address: string): Promise<void> {
	const [program, ...args] = line.split(" ");
	expect(program).toBe("reward-outbox");
	if (args[0] === "relay") return;
	if (args[0] !== "doctor") return void (await done(address, ...args));
	const { stdout } = await runCli(["doctor"], { DATABASE_URL: address, REWARD_API_KEY: "sk_test_platform" });
	// Reward itself is not to be reached from here.
	expect(stdout).toContain("PostgreSQL");
}

import { describe, expect, test } from "vitest";
import { claimAll, fail, insert } from "../store/events.ts";
import { useTestDatabase } from "../support/file-database.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { runCli } from "./run-cli.ts";
import { CTRL_C, HAS_TERMINAL, onTerminal } from "./terminal.ts";

const database = useTestDatabase();
const OPENED = "\u001b[?1049h";
const CLOSED = "\u001b[?25h\u001b[?1049l";

function env() {
	return { DATABASE_URL: database.current.url, USER: "ann" };
}

describe.runIf(HAS_TERMINAL)("status --watch on a terminal", () => {
	test("draws over the same screen, follows its size, and gives the terminal back on Ctrl-C", async () => {
		const terminal = onTerminal(["status", "--watch", "1"], env(), { columns: 60, rows: 12 });
		await terminal.shows((seen) => seen.split("pending").length > 3);
		const pictures = terminal.seen().split("\u001b[H").slice(2);
		for (const picture of pictures.slice(0, -1)) {
			// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences take no room
			const lines = picture.replaceAll(/\u001b\[[?0-9;]*[a-zA-Z]/g, "").split("\r\n");
			expect(lines.length).toBeLessThanOrEqual(12);
			for (const line of lines) expect([...line].length).toBeLessThanOrEqual(60);
			expect(lines.at(-1)).toMatch(/more lines$/);
		}
		expect(terminal.seen().startsWith(OPENED)).toBe(true);
		terminal.type(CTRL_C);
		const { code, seen } = await terminal.ended;
		expect(code).toBe(0);
		expect(seen.endsWith(CLOSED)).toBe(true);
	});

	test("shows rates as a chart, and no colour when NO_COLOR is set", async () => {
		const terminal = onTerminal(["status", "--watch", "1"], { ...env(), NO_COLOR: "1" });
		const seen = await terminal.shows((text) => /latency +▁+/.test(text));
		expect(seen).toMatch(/delivered +▁+ {2}0\/s/);
		// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour
		expect(seen).not.toMatch(/\u001b\[[0-9;]+m/);
		terminal.type(CTRL_C);
		expect((await terminal.ended).code).toBe(0);
	});

	test("gives the terminal back when it ends with an error, and says the error after that", async () => {
		const terminal = onTerminal(["status", "--watch", "1"], env());
		await terminal.shows((seen) => seen.includes("pending"));
		await database.current.query("ALTER TABLE reward_outbox.triggers RENAME TO gone");
		try {
			const { code, seen } = await terminal.ended;
			expect(code).toBe(1);
			expect(seen.slice(seen.indexOf(CLOSED))).toMatch(/error: .*triggers/);
		} finally {
			await database.current.query("ALTER TABLE reward_outbox.gone RENAME TO triggers");
		}
	});

	test("goes on through an outage and says so", async () => {
		await using server = await startPostgres();
		await runCli(["migrate"], { DATABASE_URL: server.url });
		const terminal = onTerminal(["status", "--watch", "1"], { DATABASE_URL: server.url });
		await terminal.shows((seen) => seen.includes("pending"));
		await server.stop("immediate");
		const before = (await terminal.shows((seen) => seen.includes("the database does not answer"))).length;
		await server.start();
		await terminal.shows((seen) => {
			const picture = seen.slice(before).split("\u001b[?2026h").at(-2) ?? "";
			return picture.includes("pending") && !picture.includes("does not answer");
		});
		terminal.type(CTRL_C);
		expect((await terminal.ended).code).toBe(0);
	});
});

describe.runIf(HAS_TERMINAL)("a progress bar", () => {
	test("is shown on a terminal, and nothing of it stays", async () => {
		await insert(database.current.pool, {}, 600);
		const claimed = await claimAll(database.current, { limit: 600 });
		await fail(database.current, claimed, { decision: { next: "dead" } });
		const terminal = onTerminal(["events", "retry", "--status", "dead", "--yes", "--max", "600"], env());
		const { code, seen } = await terminal.ended;
		expect(code).toBe(0);
		expect(seen).toMatch(/█+░* +83 % {2}500 of 600 events/);
		const finished = seen.slice(seen.indexOf("100 %  600 of 600 events"));
		// The bar is wiped before the result is printed in its place.
		expect(finished).toContain("\r\u001b[K600 events pending again");
	});
});

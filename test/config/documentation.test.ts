import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RelayOptions } from "../../src/composition/options.ts";
import { environmentFile, settingLines, settingsTable } from "../../src/config/describe.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { ALL_SETTINGS } from "../../src/config/settings.ts";
import { runCli } from "../cli/run-cli.ts";

const ROOT = join(import.meta.dirname, "../..");
const optionsSource = await readFile(join(ROOT, "src/composition/options.ts"), "utf8");

/** The comment above an option, as one line. */
function commentOf(option: string): string {
	const match = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*readonly ${option}\\??:`).exec(optionsSource);
	return (match?.[1] ?? "").replace(/\s*\n\s*\*\s*/g, " ").trim();
}

describe("one table of settings", () => {
	test("is the README's (npm run docs:settings)", async () => {
		expect(await readFile(join(ROOT, "README.md"), "utf8")).toContain(`\n${settingsTable()}\n`);
	});

	test("is .env.example (npm run docs:settings), with every setting once", async () => {
		const file = await readFile(join(ROOT, ".env.example"), "utf8");
		expect(file).toBe(environmentFile());
		const filled = file.replaceAll(/^#(\w+=)$/gm, "$1");
		const given = Object.fromEntries(
			filled
				.split("\n")
				.flatMap((line) => /^(\w+)=$/.exec(line)?.[1] ?? [])
				.map((name) => [name, ""]),
		);
		expect(Object.keys(given)).toEqual(ALL_SETTINGS.map(({ variable }) => variable));
	});

	test("is what relay --help shows", async () => {
		const { stdout, code } = await runCli(["relay", "--help"]);
		expect(code).toBe(0);
		expect(stdout).toContain(settingLines());
	});

	test("has its options in RelayOptions, and RelayOptions has no others but these", () => {
		const others: readonly (keyof RelayOptions)[] = ["name", "processUsage", "logger", "databasePassword"];
		const declared = [...optionsSource.matchAll(/^\treadonly (\w+)\??:/gm)].map(([, name]) => name);
		expect([...declared].sort()).toEqual([...OPTIONS, ...others].sort());
	});

	test.each(ALL_SETTINGS.filter(({ option, range }) => option !== undefined && range !== undefined))(
		"$option is documented with its range and default",
		({ option, range, shownDefault }) => {
			const comment = commentOf(option as string);
			expect(comment).toContain(`${range?.[0]} to ${range?.[1]}`);
			expect(comment).toMatch(new RegExp(`Default ${shownDefault}\\.`));
		},
	);

	test("no other place knows where Reward is", async () => {
		const sources = await import("node:fs/promises").then(({ readdir }) =>
			readdir(join(ROOT, "src"), { recursive: true, withFileTypes: true }),
		);
		const texts = await Promise.all(
			sources
				.filter((file) => file.isFile() && /\.tsx?$/.test(file.name))
				.map(async (file) => [file.name, await readFile(join(file.parentPath, file.name), "utf8")] as const),
		);
		const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/expected an origin such as \S+/g, "");
		// A command for a person to copy shows the address that the vendor documents; nothing is sent by it.
		const others = texts.filter(([name]) => name !== "curl.ts");
		expect(others.filter(([, text]) => code(text).includes("api.rewardplugin.com")).map(([name]) => name)).toEqual([
			"settings.ts",
		]);
	});
});

import type { Command } from "commander";
import type { Outline } from "../../store/demo-shop.ts";
import type { CommandContext } from "../context.ts";
import { printTable } from "../table.ts";

interface DemoFlags {
	readonly once?: true;
}

const EXAMPLES = `
It needs neither a database nor a key: a throw-away PostgreSQL, the sandbox and a relay run for as long as it does.
Nothing is sent to Reward.

Examples:
  $ reward-outbox demo                         until Ctrl-C
  $ reward-outbox demo --once                  ends with 0 when everything is delivered`;

export function registerDemo(program: Command, context: CommandContext): void {
	program
		.command("demo")
		.summary("watch purchases being committed, rolled back and delivered")
		.description("Shows the main job on a throw-away PostgreSQL, with the sandbox in place of Reward.")
		.option("--once", "end when all events are delivered")
		.addHelpText("after", EXAMPLES)
		.action((flags: DemoFlags) => runDemoCommand(flags, context));
}

async function runDemoCommand(flags: DemoFlags, context: CommandContext): Promise<void> {
	const [{ runDemo }, { Narrator }, { readConfig }, { textOf }] = await Promise.all([
		import("../../demo/run.ts"),
		import("../../demo/narrator.ts"),
		import("../../config.ts"),
		import("../../connection/address.ts"),
	]);
	const config = readConfig({ DATABASE_URL: context.env["DATABASE_URL"] }, ["database"]);
	await runDemo({
		once: flags.once ?? false,
		databaseUrl: config.ok ? textOf(config.config.databaseUrl) : null,
		narrator: new Narrator((text) => void context.stdout.write(text), context.colour),
		showTable: (outlines) => showTable(outlines, context),
		signal: context.takeStopSignal(),
	});
}

function showTable(outlines: readonly Outline[], context: CommandContext): void {
	const columns = [
		{ header: "EVENT" },
		{ header: "USER" },
		{ header: "VALUE", align: "right" as const },
		{ header: "STATUS", isStatus: true as const },
		{ header: "ATTEMPTS", align: "right" as const, rank: 1 },
		{ header: "WHAT HAPPENED", isProse: true as const },
	];
	const rows = outlines.map((event) => [
		event.id,
		event.customer,
		event.value,
		event.status,
		event.attempts,
		event.tries,
	]);
	printTable(context, columns, rows);
}

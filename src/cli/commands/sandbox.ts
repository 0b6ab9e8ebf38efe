import type { Command } from "commander";
import { fraction, port, webAddress, wholeNumber } from "../arguments.ts";
import type { CommandContext } from "../context.ts";

interface SandboxFlags {
	readonly host: string;
	readonly port: number;
	readonly latencyMs: number;
	readonly failRate: number;
	readonly seed: number;
	readonly webhookUrl?: URL;
	readonly json?: true;
}

const EXAMPLES = `
It is not Reward: it does what Reward's public documentation says, and keeps what it received in memory.

Examples:
  $ reward-outbox sandbox
  $ reward-outbox sandbox --latency-ms 50 --fail-rate 0.1 --seed 7
  $ curl http://127.0.0.1:8788/events          what it received

  $ REWARD_API_URL=http://127.0.0.1:8788 REWARD_API_KEY=sk_test_sandbox reward-outbox relay`;

export function registerSandbox(program: Command, context: CommandContext): void {
	program
		.command("sandbox")
		.summary("run a stand-in for the Reward API")
		.description("Runs a stand-in for the Reward API, for development and tests, until it is stopped.")
		.option("--host <host>", "address to listen on", "127.0.0.1")
		.option("--port <n>", "port to listen on; 0 takes a free one", port, 8788)
		.option("--latency-ms <n>", "time it takes to answer, on average", wholeNumber(0, 600_000), 0)
		.option("--fail-rate <p>", "share of requests that fail, 0 to 1", fraction, 0)
		.option("--seed <n>", "the same seed gives the same latencies and failures", wholeNumber(0, 2 ** 32 - 1), 1)
		.option("--webhook-url <url>", "where to post a webhook for every accepted event", webAddress)
		.option("--json", "JSON lines on a terminal too")
		.addHelpText("after", EXAMPLES)
		.action((flags: SandboxFlags) => runSandbox(flags, context));
}

async function runSandbox(flags: SandboxFlags, context: CommandContext): Promise<void> {
	const [{ startSandbox }, { createBufferedLogger }, { logEvents }, { requireConfig }, { aborted }] = await Promise.all(
		[
			import("../../sandbox/sandbox.ts"),
			import("../../log-buffer.ts"),
			import("../../log.ts"),
			import("../../config.ts"),
			import("../waiting.ts"),
		],
	);
	const { logLevel } = requireConfig(context.env, []);
	const pretty = context.stdoutIsTerminal && !flags.json;
	const log = { level: logLevel, pretty, colour: context.colour };
	const { logger } = createBufferedLogger(context.takeLogOutput(), log);
	const stop = context.takeStopSignal();
	const { json: _, ...behaviour } = flags;
	const sandbox = await startSandbox({ ...behaviour, logger });
	await aborted(stop);
	await sandbox.close();
	logEvents.sandboxStopped(logger);
}

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { withCurrentSchema } from "../current-schema.ts";
import { type DecisionFlags, deciderOf, decisionOptions } from "../decision.ts";
import { printJson, printLine } from "../output.ts";
import { registerAuditExport } from "./audit-export.ts";
import { registerAuditVerify } from "./audit-verify.ts";

const OFF_EXAMPLES = `
Attempts and decisions are recorded as before, and nothing says whether they were changed later. The decision goes on record
as the last one that is chained.

Examples:
  $ reward-outbox audit off --reason "load test"`;

const ON_EXAMPLES = `
What was recorded while it was off stays in no chain; audit verify counts it.

Examples:
  $ reward-outbox audit on`;

export function registerAudit(program: Command, context: CommandContext): void {
	const audit = program
		.command("audit")
		.summary("check that the record is as it was written, and export it")
		.description(
			"Attempts and decisions are chained by hashes, so that nobody changes them quietly. See docs/audit.md.",
		);
	registerAuditVerify(audit, context);
	registerAuditExport(audit, context);
	decisionOptions(audit.command("on"), { reasonRequired: false })
		.summary("chain what is recorded (the default)")
		.description("Chains what is recorded from now on.")
		.addHelpText("after", ON_EXAMPLES)
		.action((flags: DecisionFlags) => runSwitch(true, flags, context));
	decisionOptions(audit.command("off"), { reasonRequired: true })
		.summary("chain nothing any more")
		.description("Chains nothing that is recorded from now on.")
		.addHelpText("after", OFF_EXAMPLES)
		.action((flags: DecisionFlags) => runSwitch(false, flags, context));
}

async function runSwitch(chained: boolean, flags: DecisionFlags, context: CommandContext): Promise<void> {
	const { setChain } = await import("../../store/audit/set-chain.ts");
	const changed = await withCurrentSchema(context, "audit", (db) => setChain(db, chained, deciderOf(flags, context)));
	if (flags.json) return printJson(context, { chained, changed });
	const now = chained ? "what is recorded is chained" : "what is recorded is not chained";
	printLine(context, changed ? `${now} from now on` : `${now}, as before`);
}

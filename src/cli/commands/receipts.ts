import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { registerReceiptList, registerReceiptQuarantine } from "./receipts-list.ts";
import { registerReceiptReport } from "./receipts-report.ts";

export function registerReceipts(program: Command, context: CommandContext): void {
	const receipts = program
		.command("receipts")
		.summary("what Reward says it recorded, compared with what was sent")
		.description("Shows Reward's webhooks. They are not signed: evidence, and not proof. See docs/receipts.md.");
	registerReceiptReport(receipts, context);
	registerReceiptList(receipts, context);
	registerReceiptQuarantine(receipts, context);
}

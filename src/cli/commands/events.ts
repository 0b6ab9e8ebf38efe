import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { registerCancel } from "./events-cancel.ts";
import { registerFind, registerList } from "./events-list.ts";
import { registerResolve } from "./events-resolve.ts";
import { registerRetry } from "./events-retry.ts";
import { registerShow } from "./events-show.ts";
import { registerTail } from "./events-tail.ts";
import { registerWhy } from "./events-why.ts";

/** In the order of the help text, which is the order in which they are needed. */
const COMMANDS = [
	registerList,
	registerFind,
	registerTail,
	registerWhy,
	registerShow,
	registerRetry,
	registerResolve,
	registerCancel,
];

export function registerEvents(program: Command, context: CommandContext): void {
	const events = program
		.command("events")
		.summary("find, explain and repair events")
		.description("Finds events, explains what happened to them, and repairs what needs a person.");
	for (const register of COMMANDS) {
		register(events, context);
	}
}

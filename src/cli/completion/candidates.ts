import type { Argument, Command, Option } from "commander";

/** One word that could stand where the cursor is. */
export interface Candidate {
	readonly value: string;
	readonly description: string;
}

/** What only the database knows. */
export type Names = "triggers" | "watches";
export type NameSource = (names: Names) => Promise<readonly string[]>;

const NAMES_OF_OPTION: Readonly<Record<string, Names>> = {
	"--trigger": "triggers",
	"--trigger-id": "triggers",
	"--source": "watches",
};

/** By the command, for its first argument. */
const NAMES_OF_ARGUMENT: Readonly<Record<string, Names>> = {
	emit: "triggers",
	"triggers set": "triggers",
	"triggers pause": "triggers",
	"triggers resume": "triggers",
	"watches remove": "watches",
	"watches preview": "watches",
	"watches errors": "watches",
	"watches replay-errors": "watches",
	"watches dismiss-errors": "watches",
};

/**
 * What could be meant by the last of the words, which may be empty; those before it are complete. Empty: nothing known,
 * the shell may offer files.
 */
export async function candidatesFor(
	program: Command,
	words: readonly string[],
	names: NameSource,
): Promise<Candidate[]> {
	// Bash makes a word of its own of the sign in --status=dead.
	const parts = words.filter((word, index) => word !== "=" || index === words.length - 1);
	const current = parts.at(-1) === "=" ? "" : (parts.at(-1) ?? "");
	const place = placeOf(program, parts.slice(0, -1));
	const inline = /^(--[a-z-]+)=(.*)$/s.exec(current);
	const option = inline === null ? place.awaiting : findOption(place.command, inline[1] as string);
	if (inline !== null || option !== undefined) {
		const prefix = inline === null ? "" : `${inline[1]}=`;
		const values = option === undefined ? [] : await valuesOf(option, names);
		return starting(
			current,
			values.map((value) => ({ ...value, value: prefix + value.value })),
		);
	}
	if (current.startsWith("-")) return starting(current, optionsOf(place.command));
	if (place.command.commands.length > 0) return starting(current, commandsOf(place.command));
	return starting(current, await argumentsOf(place, names));
}

interface Place {
	readonly command: Command;
	/** As on the command line, without the program's name. */
	readonly path: string;
	/** Arguments that stand already. */
	readonly given: number;
	/** The option whose value comes next. */
	readonly awaiting: Option | undefined;
}

function placeOf(program: Command, before: readonly string[]): Place {
	let place: Place = { command: program, path: "", given: 0, awaiting: undefined };
	for (const word of before) place = step(place, word);
	return place;
}

function step(place: Place, word: string): Place {
	if (place.awaiting !== undefined) return { ...place, awaiting: undefined };
	if (word.startsWith("-")) {
		const option = findOption(place.command, word);
		return option?.required === true ? { ...place, awaiting: option } : place;
	}
	const next = place.command.commands.find((command) => command.name() === word);
	if (next === undefined) return { ...place, given: place.given + 1 };
	return { command: next, path: `${place.path} ${word}`.trim(), given: 0, awaiting: undefined };
}

function findOption(command: Command, word: string): Option | undefined {
	return command.options.find((option) => option.long === word || option.short === word);
}

async function valuesOf(option: Option, names: NameSource): Promise<Candidate[]> {
	if (option.argChoices !== undefined) return option.argChoices.map(bare);
	const kind = NAMES_OF_OPTION[option.long ?? ""];
	return kind === undefined ? [] : (await names(kind)).map(bare);
}

async function argumentsOf({ command, path, given }: Place, names: NameSource): Promise<Candidate[]> {
	const argument: Argument | undefined = command.registeredArguments[given];
	if (argument?.argChoices !== undefined) return argument.argChoices.map(bare);
	const kind = given === 0 ? NAMES_OF_ARGUMENT[path] : undefined;
	return kind === undefined ? [] : (await names(kind)).map(bare);
}

function commandsOf(command: Command): Candidate[] {
	return command
		.createHelp()
		.visibleCommands(command)
		.map((each) => ({ value: each.name(), description: each.summary() || each.description() }));
}

function optionsOf(command: Command): Candidate[] {
	return command
		.createHelp()
		.visibleOptions(command)
		.map((option) => ({ value: option.long ?? option.short ?? "", description: option.description }));
}

function bare(value: string): Candidate {
	return { value, description: "" };
}

function starting(prefix: string, candidates: readonly Candidate[]): Candidate[] {
	return candidates.filter(({ value }) => value.startsWith(prefix));
}

import { didYouMean } from "../suggestion.ts";
import { InvalidEventError } from "./errors.ts";
import type { EmitOptions } from "./event-input.ts";
import { nameOfKind } from "./identifier.ts";

const CHOICES = {
	outsideTransaction: ["refuse", "allow"],
} as const satisfies { readonly [Name in keyof EmitOptions]-?: readonly EmitOptions[Name][] };

/** @throws InvalidEventError for an option that does not exist or cannot be that: it would silently do nothing. */
export function checkOptions(options: unknown): void {
	if (typeof options !== "object" || options === null) {
		throw new InvalidEventError("options", "type", `must be an object, got ${nameOfKind(options)}`);
	}
	const names = Object.keys(CHOICES) as (keyof typeof CHOICES)[];
	for (const [name, value] of Object.entries(options)) {
		const known = names.find((candidate) => candidate === name);
		if (known === undefined) throw unknownOption(name, names);
		const choices: readonly unknown[] = CHOICES[known];
		if (value !== undefined && !choices.includes(value)) {
			throw new InvalidEventError(`options.${name}`, "type", `must be ${choices.join(" or ")}`);
		}
	}
}

function unknownOption(name: string, names: readonly string[]): InvalidEventError {
	const meant = didYouMean(name, names);
	const advice = meant === null ? `it may have ${names.join(", ")}` : `did you mean ${meant}?`;
	return new InvalidEventError("options", "unknown", `must not have ${JSON.stringify(name.slice(0, 40))}; ${advice}`);
}

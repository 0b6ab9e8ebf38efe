/** `ordering_key` → `--ordering-key`. */
export function flagOf(name: string): string {
	return `--${name.replaceAll("_", "-")}`;
}

/** `ordering_key` → `orderingKey`, as commander calls the value of its flag. */
export type FlagValue<Name extends string> = Name extends `${infer Head}_${infer Tail}`
	? `${Head}${Capitalize<FlagValue<Tail>>}`
	: Name;

export function flagValueOf<Name extends string>(name: Name): FlagValue<Name> {
	return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as FlagValue<Name>;
}

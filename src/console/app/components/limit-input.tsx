import { Input } from "./field.tsx";
import { integer } from "./numbers.ts";

/** A whole number from 1 to the limit; null: it is none. */
export function readLimit(text: string, most: number): number | null {
	const value = Number(text);
	return Number.isInteger(value) && value >= 1 && value <= most ? value : null;
}

interface LimitInputProps {
	readonly label: string;
	readonly hint: string;
	/** As it was typed. */
	readonly value: string;
	readonly most: number;
	readonly onChange: (value: string) => void;
}

/** A field for a whole number from 1 to a limit. */
export function LimitInput({ label, hint, value, most, onChange }: LimitInputProps) {
	return (
		<Input
			label={label}
			inputMode="numeric"
			hint={hint}
			value={value}
			wrong={readLimit(value, most) === null ? `a whole number from 1 to ${integer(most)}` : null}
			onChange={(event) => onChange(event.target.value)}
		/>
	);
}

import { type InputHTMLAttributes, type ReactNode, type TextareaHTMLAttributes, useId } from "react";

interface FieldProps {
	readonly label: string;
	readonly hint?: ReactNode;
	/** What is wrong with what was entered. */
	readonly wrong?: string | null | undefined;
}

function describedBy(id: string, { hint, wrong }: FieldProps): string | undefined {
	const ids = [hint === undefined ? null : `${id}-hint`, wrong ? `${id}-wrong` : null].filter((part) => part !== null);
	return ids.length === 0 ? undefined : ids.join(" ");
}

function Frame({
	id,
	label,
	hint,
	wrong,
	children,
}: FieldProps & { readonly id: string; readonly children: ReactNode }) {
	return (
		<div className="field">
			<label htmlFor={id}>{label}</label>
			{children}
			{hint === undefined ? null : (
				<span id={`${id}-hint`} className="hint">
					{hint}
				</span>
			)}
			{wrong ? (
				<span id={`${id}-wrong`} className="wrong" role="alert">
					{wrong}
				</span>
			) : null}
		</div>
	);
}

type InputProps = FieldProps & InputHTMLAttributes<HTMLInputElement>;

export function Input({ label, hint, wrong, ...attributes }: InputProps) {
	const id = useId();
	const about: FieldProps = { label, hint, wrong };
	return (
		<Frame id={id} {...about}>
			<input
				id={id}
				className="input"
				aria-describedby={describedBy(id, about)}
				aria-invalid={wrong ? true : undefined}
				autoComplete="off"
				spellCheck={false}
				{...attributes}
			/>
		</Frame>
	);
}

type TextareaProps = FieldProps & TextareaHTMLAttributes<HTMLTextAreaElement>;

export function Textarea({ label, hint, wrong, ...attributes }: TextareaProps) {
	const id = useId();
	const about: FieldProps = { label, hint, wrong };
	return (
		<Frame id={id} {...about}>
			<textarea
				id={id}
				className="textarea"
				rows={2}
				aria-describedby={describedBy(id, about)}
				aria-invalid={wrong ? true : undefined}
				{...attributes}
			/>
		</Frame>
	);
}

interface SelectProps extends FieldProps {
	readonly value: string;
	/** What is shown for each value. */
	readonly options: readonly (readonly [value: string, text: string])[];
	readonly onChange: (value: string) => void;
}

export function Select({ value, options, onChange, ...about }: SelectProps) {
	const id = useId();
	return (
		<Frame id={id} {...about}>
			<select
				id={id}
				className="select"
				value={value}
				aria-describedby={describedBy(id, about)}
				onChange={(change) => onChange(change.target.value)}
			>
				{options.map(([option, text]) => (
					<option key={option} value={option}>
						{text}
					</option>
				))}
			</select>
		</Frame>
	);
}

interface CheckProps {
	readonly checked: boolean;
	readonly onChange: (checked: boolean) => void;
	readonly children: ReactNode;
}

export function Check({ checked, onChange, children }: CheckProps) {
	return (
		<label className="check">
			<input type="checkbox" checked={checked} onChange={(change) => onChange(change.target.checked)} />
			<span>{children}</span>
		</label>
	);
}

interface SegmentsProps<Value extends string> {
	readonly label: string;
	readonly value: Value;
	readonly options: readonly (readonly [value: Value, text: string])[];
	readonly onChange: (value: Value) => void;
}

/** One of a few, all in sight. */
export function Segments<Value extends string>({ label, value, options, onChange }: SegmentsProps<Value>) {
	const name = useId();
	return (
		<fieldset>
			<legend className="visually-hidden">{label}</legend>
			<div className="segments">
				{options.map(([option, text]) => (
					<label key={option}>
						<input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
						{text}
					</label>
				))}
			</div>
		</fieldset>
	);
}

import { type FormEvent, useState } from "react";
import type { TriggerChange, TriggerRow } from "../../../../api/schema/triggers.ts";
import { changeTrigger } from "../../api/calls.ts";
import { Dialog } from "../../components/dialog.tsx";
import { Input, Select } from "../../components/field.tsx";
import { Failure } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import type { TriggerDialogProps } from "./trigger-dialog.ts";

const MODES = [
	["at_least_once", "at least once: doubt is retried, may duplicate"],
	["at_most_once", "at most once: doubt waits for a person"],
] as const;

const LIMITS = [
	["max_attempts", "Attempts until an event is dead", "Empty: the relay's own limit."],
	["rate_per_second", "Requests per second", "Over all relays. Empty: no limit."],
	["max_in_flight", "Requests in flight", "Over all relays. Empty: no limit."],
] as const;
type LimitName = (typeof LIMITS)[number][0];

function readLimit(name: LimitName, text: string): { value: number | null } | { problem: string } {
	if (text.trim() === "") return { value: null };
	const value = Number(text);
	if (!(value > 0)) return { problem: "a number above 0, or nothing" };
	return name === "rate_per_second" || Number.isInteger(value) ? { value } : { problem: "a whole number, or nothing" };
}

export function PolicyDialog({ trigger, changed, close }: TriggerDialogProps) {
	const [mode, setMode] = useState<string>(trigger.mode);
	const [limits, setLimits] = useState<Readonly<Record<LimitName, string>>>(limitsOf(trigger));
	const [error, setError] = useState<unknown>(null);
	const read = LIMITS.map(([name]) => [name, readLimit(name, limits[name])] as const);
	const isWrong = read.some(([, result]) => "problem" in result);
	const change: TriggerChange = changeFrom(trigger, mode, read);
	const isSame = Object.keys(change).length === 0;
	const submit = async (event: FormEvent) => {
		event.preventDefault();
		if (isWrong || isSame) return;
		try {
			await changeTrigger(trigger.trigger_id, change);
			await changed("The policy is changed");
			close();
		} catch (failure) {
			setError(failure);
		}
	};
	return (
		<Dialog title="Policy of a trigger" onClose={close}>
			<form className="stack" onSubmit={submit}>
				<p>
					<Text value={trigger.trigger_id} cap={120} mono />
				</p>
				<Select
					label="When an attempt may or may not have been applied"
					value={mode}
					options={MODES}
					onChange={setMode}
				/>
				{LIMITS.map(([name, label, hint]) => (
					<Input
						key={name}
						label={label}
						hint={hint}
						inputMode="decimal"
						value={limits[name]}
						wrong={problemOf(readLimit(name, limits[name]))}
						onChange={(event) => setLimits({ ...limits, [name]: event.target.value })}
					/>
				))}
				{error === null ? null : <Failure error={error} />}
				<div className="buttons">
					<button type="button" className="button" onClick={close}>
						Back
					</button>
					<button type="submit" className="button primary" disabled={isWrong || isSame}>
						Save
					</button>
				</div>
			</form>
		</Dialog>
	);
}

function limitsOf(trigger: TriggerRow): Record<LimitName, string> {
	return {
		max_attempts: String(trigger.max_attempts ?? ""),
		rate_per_second: String(trigger.rate_per_second ?? ""),
		max_in_flight: String(trigger.max_in_flight ?? ""),
	};
}

function problemOf(result: ReturnType<typeof readLimit>): string | null {
	return "problem" in result ? result.problem : null;
}

/** Only what differs: what another person has changed meanwhile stays. */
function changeFrom(
	trigger: TriggerRow,
	mode: string,
	read: readonly (readonly [LimitName, ReturnType<typeof readLimit>])[],
): TriggerChange {
	const limits = read.flatMap(([name, result]) =>
		"value" in result && result.value !== trigger[name] ? [[name, result.value] as const] : [],
	);
	return {
		...(mode === trigger.mode ? {} : { mode: mode as TriggerRow["mode"] }),
		...Object.fromEntries(limits),
	};
}

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { writeEvent } from "../api/calls.ts";
import { readJson } from "../api/exact-numbers.ts";
import { announce } from "./announcer.tsx";
import { DecisionDialog, said } from "./decision-dialog.tsx";
import { Input, Textarea } from "./field.tsx";
import { eventPath } from "./location.ts";

interface WriteDialogProps {
	readonly title: string;
	readonly trigger: string;
	readonly user: string;
	/** JSON text. */
	readonly payload: string;
	/** The event that it is a correction of; left out: it is a test. */
	readonly of?: string;
	/** The user may be rewarded twice by it. */
	readonly mayDuplicate: boolean;
	readonly children: React.ReactNode;
	readonly close: () => void;
}

/** An event that an operator writes: what was sent, corrected, or a test. */
export function WriteDialog(props: WriteDialogProps) {
	const { title, of, mayDuplicate, children, close } = props;
	const [trigger, setTrigger] = useState(props.trigger);
	const [user, setUser] = useState(props.user);
	const [payload, setPayload] = useState(props.payload);
	const queries = useQueryClient();
	const [, navigate] = useLocation();
	const wrong = problemOf(payload);
	const decide = async (reason: string) => {
		const others = {
			trigger,
			user,
			...(of === undefined ? {} : { of }),
			...(mayDuplicate ? { allow_duplicates: true } : {}),
		};
		// The payload goes as it was typed: parsed and written again, its numbers might be others.
		const rest = JSON.stringify({ ...others, ...said(reason) }).slice(1);
		const body = `{"payload":${payload},${rest}`;
		const { event_id: id } = await writeEvent(body);
		announce("The event is written");
		await queries.invalidateQueries({ queryKey: ["events"] });
		navigate(eventPath(id));
	};
	return (
		<DecisionDialog
			title={title}
			confirm="Send"
			isReasonOptional
			missing={wrong !== null ? "A payload" : trigger === "" || user === "" ? "A trigger and a user" : null}
			risk={
				mayDuplicate
					? {
							words: "Reward may have applied the event before. Sending it again may reward the user twice.",
							tick: "I have checked that, and want it sent",
						}
					: null
			}
			decide={decide}
			close={close}
		>
			{children}
			<Input label="Trigger" value={trigger} onChange={(change) => setTrigger(change.target.value)} />
			<Input label="User" value={user} onChange={(change) => setUser(change.target.value)} />
			<Textarea
				label="Payload"
				rows={6}
				className="textarea mono"
				spellCheck={false}
				value={payload}
				wrong={wrong}
				onChange={(change) => setPayload(change.target.value)}
			/>
		</DecisionDialog>
	);
}

function problemOf(text: string): string | null {
	try {
		const value = readJson(text);
		const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
		return isObject ? null : 'a JSON object, such as {"value": 19.99}';
	} catch (error) {
		return error instanceof Error ? `this is not JSON: ${error.message}` : "this is not JSON";
	}
}

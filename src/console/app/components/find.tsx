import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { readMetadata } from "../pages/events/metadata.ts";
import { Icon } from "./icon.tsx";
import { eventPath, pathWith } from "./location.ts";
import { FIND_ID } from "./shortcuts.tsx";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isEventId(text: string): boolean {
	return UUID.test(text.trim());
}

/** Where what was typed leads: an id to its event, `key=value` to metadata, everything else to a user. */
export function placeOf(typed: string): string {
	const text = typed.trim();
	if (isEventId(text)) return eventPath(text.toLowerCase());
	const metadata = /^[\w.-]+=|^\{/.test(text) ? readMetadata(text) : null;
	if (metadata !== null && "json" in metadata) return pathWith("/events", { metadata: metadata.json });
	return pathWith("/events", { user: text });
}

export function Find() {
	const [text, setText] = useState("");
	const [, navigate] = useLocation();
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (text.trim() === "") return;
		navigate(placeOf(text));
		setText("");
	};
	return (
		<search className="find">
			<form onSubmit={submit}>
				<Icon name="search" />
				<input
					id={FIND_ID}
					className="input"
					type="search"
					aria-label="Find events: an id, a user, or metadata such as order_id=4711"
					placeholder="Event id, user, or order_id=4711"
					autoComplete="off"
					spellCheck={false}
					value={text}
					onChange={(change) => setText(change.target.value)}
				/>
				<span className="key" aria-hidden="true">
					/
				</span>
			</form>
		</search>
	);
}

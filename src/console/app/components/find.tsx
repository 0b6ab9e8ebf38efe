import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { readMetadata } from "../pages/events/metadata.ts";
import { isEventId } from "./event-id.ts";
import { Icon } from "./icon.tsx";
import { eventPath, pathWith } from "./location.ts";
import { FIND_ID } from "./shortcuts.tsx";

/**
 * Where what was typed leads: an id to its event, several members of metadata to those, everything else to what it may
 * mean.
 */
function placeOf(typed: string): string {
	const text = typed.trim();
	if (isEventId(text)) return eventPath(text.toLowerCase());
	const isMetadata = text.startsWith("{") || (text.match(/[\w.-]=/g)?.length ?? 0) > 1;
	const metadata = isMetadata ? readMetadata(text) : null;
	if (metadata !== null && "json" in metadata) return pathWith("/events", { metadata: metadata.json });
	return pathWith("/find", { q: text });
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
					aria-label="Find events: an id or its beginning, a user, an order, a key, a trigger"
					placeholder="Order, user, event id, key or trigger"
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

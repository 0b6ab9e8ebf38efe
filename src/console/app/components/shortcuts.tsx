import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { Dialog } from "./dialog.tsx";
import { Check } from "./field.tsx";
import { useStored } from "./stored.ts";

export const FIND_ID = "find";

const PLACES: Readonly<Record<string, readonly [path: string, name: string]>> = {
	o: ["/", "Overview"],
	f: ["/failures", "Failures"],
	e: ["/events", "Events"],
	b: ["/bulk", "Bulk"],
	t: ["/triggers", "Triggers"],
	w: ["/watches", "Watches"],
	r: ["/receipts", "Receipts"],
	k: ["/retention", "Retention"],
	l: ["/operations", "Operations log"],
};

const PREFIX_MS = 1500;

function isTyping(target: EventTarget | null): boolean {
	return target instanceof HTMLElement && target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
}

function isForUs(event: KeyboardEvent): boolean {
	const modified = event.ctrlKey || event.metaKey || event.altKey;
	return !modified && !event.isComposing && !isTyping(event.target) && document.querySelector("dialog[open]") === null;
}

/** `/` finds, `g` and a letter goes somewhere, `?` explains. Can be switched off: speech input types letters too. */
export function Shortcuts() {
	const [isHelpOpen, setHelpOpen] = useState(false);
	const [enabled, setEnabled] = useStored("shortcuts", ["on", "off"]);
	const [, navigate] = useLocation();
	const prefixAt = useRef(Number.NEGATIVE_INFINITY);
	useEffect(() => {
		const act = (event: KeyboardEvent): boolean => {
			const isAfterPrefix = event.timeStamp - prefixAt.current < PREFIX_MS;
			prefixAt.current = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
			const place = isAfterPrefix ? PLACES[event.key] : undefined;
			if (place !== undefined) navigate(place[0]);
			else if (event.key === "/") document.getElementById(FIND_ID)?.focus();
			else if (event.key === "?") setHelpOpen(true);
			else return false;
			return true;
		};
		const listen = (event: KeyboardEvent) => {
			const isOn = enabled === "on" || event.key === "?";
			if (isOn && isForUs(event) && act(event)) event.preventDefault();
		};
		document.addEventListener("keydown", listen);
		return () => document.removeEventListener("keydown", listen);
	}, [navigate, enabled]);
	return (
		<>
			<button type="button" className="button quiet small" onClick={() => setHelpOpen(true)}>
				<kbd>?</kbd> Shortcuts
			</button>
			{isHelpOpen ? <Help enabled={enabled === "on"} setEnabled={setEnabled} close={() => setHelpOpen(false)} /> : null}
		</>
	);
}

interface HelpProps {
	readonly enabled: boolean;
	readonly setEnabled: (value: "on" | "off") => void;
	readonly close: () => void;
}

function Help({ enabled, setEnabled, close }: HelpProps) {
	return (
		<Dialog title="Keyboard shortcuts" onClose={close}>
			<dl className="keys">
				<dt>
					<kbd>/</kbd>
				</dt>
				<dd>Find an event: by id, user, order, key or trigger</dd>
				{Object.entries(PLACES).map(([key, [, name]]) => (
					<div key={key} className="contents">
						<dt>
							<kbd>g</kbd> <kbd>{key}</kbd>
						</dt>
						<dd>Go to {name}</dd>
					</div>
				))}
				<dt>
					<kbd>?</kbd>
				</dt>
				<dd>This help</dd>
				<dt>
					<kbd>Esc</kbd>
				</dt>
				<dd>Close a dialog</dd>
			</dl>
			<Check checked={enabled} onChange={(on) => setEnabled(on ? "on" : "off")}>
				Single-key shortcuts are on
			</Check>
			<div className="buttons">
				<button type="button" className="button" onClick={close}>
					Close
				</button>
			</div>
		</Dialog>
	);
}

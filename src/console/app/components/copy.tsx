import { useState } from "react";
import { announce } from "./announcer.tsx";
import { Icon } from "./icon.tsx";

const SHOWN_MS = 1500;

interface CopyProps {
	/** What is copied: the original, not what is shown for it. */
	readonly text: string;
	/** What it is, for the button's label: "id", "payload". */
	readonly what: string;
	readonly withWords?: boolean;
}

export function Copy({ text, what, withWords = false }: CopyProps) {
	const [done, setDone] = useState(false);
	const copy = async () => {
		const copied = await write(text);
		announce(copied ? `${what} copied` : `${what} could not be copied`);
		setDone(copied);
		if (copied) window.setTimeout(() => setDone(false), SHOWN_MS);
	};
	const label = done ? "Copied" : `Copy ${what}`;
	return (
		<button
			type="button"
			className={withWords ? "button small" : "button quiet icon"}
			aria-label={label}
			title={label}
			onClick={copy}
		>
			<Icon name={done ? "check" : "copy"} />
			{withWords ? label : null}
		</button>
	);
}

/** Browsers offer the clipboard over https and on this machine only. */
async function write(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return copyBySelection(text);
	}
}

function copyBySelection(text: string): boolean {
	const area = document.createElement("textarea");
	area.value = text;
	area.setAttribute("readonly", "");
	area.className = "visually-hidden";
	const before = document.activeElement;
	(document.querySelector("dialog[open]") ?? document.body).append(area);
	area.select();
	const copied = document.execCommand("copy");
	area.remove();
	if (before instanceof HTMLElement) before.focus();
	return copied;
}

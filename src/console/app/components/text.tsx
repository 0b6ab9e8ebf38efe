import { useState } from "react";
import { escapeForTerminal, type Piece, piecesOf } from "../../../escape.ts";
import { useIsOneLine } from "./one-line.ts";

const DEFAULT_CAP = 300;
const TITLE_CAP = 600;
const NAMES: Readonly<Record<string, string>> = {
	"\\x00": "NUL",
	"\\x1b": "ESC",
	"\\u{200b}": "zero width space",
	"\\u{202d}": "left-to-right override",
	"\\u{202e}": "right-to-left override",
	"\\u{2066}": "left-to-right isolate",
	"\\u{2067}": "right-to-left isolate",
	"\\u{2069}": "pop directional isolate",
	"\\u{feff}": "byte order mark",
};

interface TextProps {
	readonly value: string;
	/** Characters shown before "show all"; default 300. */
	readonly cap?: number;
	readonly mono?: boolean;
	/** Line breaks and tabs are shown as such, not as `\n` and `\t`. */
	readonly multiline?: boolean;
}

/**
 * Text of unknown origin. It is isolated, so that it cannot turn the direction of what surrounds it; what hides or
 * reorders its neighbours, or is not visible, is shown by its code; what is long is capped until somebody asks for all
 * of it.
 */
export function Text({ value, cap = DEFAULT_CAP, mono = false, multiline = false }: TextProps) {
	const [all, setAll] = useState(false);
	const isOneLine = useIsOneLine();
	const isCapped = !all && value.length > cap;
	return (
		<>
			<bdi
				dir="auto"
				className={mono ? "text mono" : "text"}
				title={isOneLine ? escapeForTerminal(value, TITLE_CAP) : undefined}
			>
				<Pieces of={piecesOf(isCapped ? value.slice(0, cap) : value, multiline)} />
				{isCapped ? "…" : null}
			</bdi>
			{value.length > cap && !isOneLine ? (
				<>
					{" "}
					<button type="button" className="link-button small" aria-expanded={all} onClick={() => setAll(!all)}>
						{all ? "show less" : `show all ${value.length.toLocaleString()} characters`}
					</button>
				</>
			) : null}
		</>
	);
}

export function Pieces({ of }: { readonly of: readonly Piece[] }) {
	return of.map(({ text, isUnsafe }, index) =>
		isUnsafe ? (
			// biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other identity
			<span key={index} className="unsafe" title={NAMES[text] ?? "invisible or control character"}>
				{text}
			</span>
		) : (
			text
		),
	);
}

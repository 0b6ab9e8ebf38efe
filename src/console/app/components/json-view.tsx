import { useMemo, useState } from "react";
import { piecesOf } from "../../../escape.ts";
import { KEEPS_NUMBERS } from "../api/exact-numbers.ts";
import { Copy } from "./copy.tsx";
import { Segments } from "./field.tsx";
import { plural } from "./numbers.ts";
import { Pieces } from "./text.tsx";

const CAP = 4000;

interface JsonViewProps {
	readonly value: unknown;
	/** What it is, for labels: "payload". */
	readonly what: string;
}

/**
 * JSON, laid out or as one line, with its numbers as they were written. Long documents are capped until somebody asks.
 */
export function JsonView({ value, what }: JsonViewProps) {
	const [layout, setLayout] = useState<"pretty" | "raw">("pretty");
	const [all, setAll] = useState(false);
	const raw = useMemo(() => JSON.stringify(value), [value]);
	const text = useMemo(() => (layout === "raw" ? raw : JSON.stringify(value, null, 2)), [value, raw, layout]);
	const isCapped = !all && text.length > CAP;
	return (
		<div className="stack tight">
			<div className="row between">
				<Segments
					label={`Layout of the ${what}`}
					value={layout}
					options={[
						["pretty", "Pretty"],
						["raw", "Raw"],
					]}
					onChange={setLayout}
				/>
				<span className="row small muted">
					{plural(new TextEncoder().encode(raw).length, "byte")}
					<Copy text={raw} what={what} />
				</span>
			</div>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls inside itself has to be reachable by keyboard */}
			<section className="json" tabIndex={0} aria-label={`${what} as JSON`}>
				<pre dir="ltr">
					<Pieces of={piecesOf(isCapped ? text.slice(0, CAP) : text, true)} />
					{isCapped ? "…" : null}
				</pre>
			</section>
			{text.length > CAP ? (
				<button type="button" className="link-button small" aria-expanded={all} onClick={() => setAll(!all)}>
					{all ? "show less" : `show all ${plural(text.length, "character")}`}
				</button>
			) : null}
			{KEEPS_NUMBERS ? null : (
				<p className="small muted">This browser rounds long numbers; reward-outbox events show has them exactly.</p>
			)}
		</div>
	);
}

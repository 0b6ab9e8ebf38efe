import { type FormEvent, useState } from "react";
import { Dialog } from "../../components/dialog.tsx";
import { Input } from "../../components/field.tsx";
import { useChartRange } from "./range.ts";

/** From when to when, in the viewer's zone. */
export function CustomRange() {
	const { shown, preset } = useChartRange();
	const [isOpen, setOpen] = useState(false);
	return (
		<>
			<button
				type="button"
				className="button small"
				aria-pressed={preset === "" && shown.until !== null}
				onClick={() => setOpen(true)}
			>
				From…
			</button>
			{isOpen ? <RangeDialog close={() => setOpen(false)} /> : null}
		</>
	);
}

const HOUR_MS = 3_600_000;

function RangeDialog({ close }: { readonly close: () => void }) {
	const { zoom } = useChartRange();
	const [from, setFrom] = useState(localMinute(Date.now() - 24 * HOUR_MS));
	const [to, setTo] = useState(localMinute(Date.now()));
	const [begin, end] = [Date.parse(from), Date.parse(to)];
	const wrong = begin < end ? null : "the end comes after the beginning";
	const submit = (event: FormEvent) => {
		event.preventDefault();
		if (wrong !== null) return;
		zoom(begin, end);
		close();
	};
	return (
		<Dialog title="Charts from when to when" onClose={close}>
			<form className="stack" onSubmit={submit}>
				<Input
					label="From"
					type="datetime-local"
					hint="Kept for eight days; at most seven are shown."
					value={from}
					onChange={(change) => setFrom(change.target.value)}
				/>
				<Input
					label="To"
					type="datetime-local"
					value={to}
					wrong={wrong}
					onChange={(change) => setTo(change.target.value)}
				/>
				<div className="buttons">
					<button type="button" className="button" onClick={close}>
						Back
					</button>
					<button type="submit" className="button primary" disabled={wrong !== null}>
						Show
					</button>
				</div>
			</form>
		</Dialog>
	);
}

/** As the browser's field has it: without a zone. */
function localMinute(ms: number): string {
	const offsetMs = new Date(ms).getTimezoneOffset() * 60_000;
	return new Date(ms - offsetMs).toISOString().slice(0, 16);
}

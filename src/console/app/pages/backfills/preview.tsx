import type { BackfillPreview } from "../../../../api/schema/backfills.ts";
import { integer, plural } from "../../components/numbers.ts";
import { Note } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";

/** What a backfill would do; nothing has been written yet. */
export function Preview({ preview }: { readonly preview: BackfillPreview }) {
	const { rows, events, total, without_value: without, is_complete: isComplete, warnings } = preview;
	const looked = isComplete ? plural(rows, "row") : `the ${preview.goes_on ? "next" : "first"} ${plural(rows, "row")}`;
	return (
		<div className="stack" role="status">
			<p className="preview-head">
				<strong className="num">{integer(events)}</strong> of <span className="num">{looked}</span> would become events.
			</p>
			<p className="small muted">
				{total === null ? "The table is too large to be counted here." : `It is about ${plural(total, "row")} in all.`}{" "}
				{without === null || without === 0
					? ""
					: `${plural(without, "row has", "rows have")} no value in the column, and would be left out.`}
			</p>
			{warnings.map((warning) => (
				<Note key={warning} tone="warn">
					<p>
						<Text value={warning} />
					</p>
				</Note>
			))}
			<div className="columns">
				<Counts preview={preview} />
				<Sample sample={preview.sample} />
			</div>
		</div>
	);
}

function Counts({ preview: { events, known, unneeded, failed } }: { readonly preview: BackfillPreview }) {
	const counts: readonly (readonly [string, number])[] = [
		["would become events", events],
		["are events already", known],
		["the rule does not apply", unneeded],
		["would fail", failed],
	];
	return (
		<div>
			<h3>Rows that were tried</h3>
			<ul className="counts">
				{counts.map(([what, rows]) => (
					<li key={what}>
						<span>{what}</span>
						<span className="num">{integer(rows)}</span>
					</li>
				))}
			</ul>
		</div>
	);
}

function Sample({ sample }: Pick<BackfillPreview, "sample">) {
	if (sample.length === 0) return null;
	return (
		<div>
			<h3>Some of them</h3>
			<ul className="counts">
				{sample.map(({ key, trigger_id, user_id, payload, problem }) => (
					<li key={JSON.stringify(key)}>
						<span>
							<Text value={JSON.stringify(key)} cap={80} mono />{" "}
							{problem === null ? (
								<>
									<Text value={trigger_id ?? ""} cap={60} /> for <Text value={user_id ?? ""} cap={60} />:{" "}
									<Text value={JSON.stringify(payload)} cap={120} mono />
								</>
							) : (
								<Text value={problem} cap={200} />
							)}
						</span>
					</li>
				))}
			</ul>
		</div>
	);
}

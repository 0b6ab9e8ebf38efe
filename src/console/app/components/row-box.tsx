export interface Selection<Row> {
	readonly selected: ReadonlySet<string>;
	readonly nameOf: (row: Row) => string;
	readonly onChange: (selected: ReadonlySet<string>) => void;
}

interface AllBoxProps {
	readonly ids: readonly string[];
	readonly selection: Pick<Selection<never>, "selected" | "onChange">;
}

export function AllBox({ ids, selection: { selected, onChange } }: AllBoxProps) {
	const all = ids.length > 0 && ids.every((id) => selected.has(id));
	return (
		<input
			type="checkbox"
			aria-label="Select all rows of this page"
			checked={all}
			onChange={() => onChange(new Set(all ? [] : ids))}
		/>
	);
}

interface RowBoxProps {
	readonly id: string;
	readonly name: string;
	readonly selection: Pick<Selection<never>, "selected" | "onChange">;
}

export function RowBox({ id, name, selection: { selected, onChange } }: RowBoxProps) {
	const toggle = () => {
		const next = new Set(selected);
		if (!next.delete(id)) next.add(id);
		onChange(next);
	};
	return <input type="checkbox" aria-label={`Select ${name}`} checked={selected.has(id)} onChange={toggle} />;
}

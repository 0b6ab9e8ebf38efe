import { Fragment, type ReactNode } from "react";

export interface Column<Row> {
	readonly header: string;
	readonly cell: (row: Row) => ReactNode;
	/** Numbers. */
	readonly right?: boolean;
}

interface TableProps<Row> {
	/** For those who do not see where it stands. */
	readonly caption: string;
	readonly columns: readonly Column<Row>[];
	readonly rows: readonly Row[];
	readonly keyOf: (row: Row) => string;
	/** A box to tick before each row. */
	readonly selection?: Selection<Row>;
	readonly isFresh?: (row: Row) => boolean;
	/** What is said across the whole table above a row; nothing where it renders nothing. */
	readonly before?: (row: Row) => ReactNode;
}

export interface Selection<Row> {
	readonly selected: ReadonlySet<string>;
	readonly nameOf: (row: Row) => string;
	readonly onChange: (selected: ReadonlySet<string>) => void;
}

/** A table; on a phone each row is a card. */
export function Table<Row>({ caption, columns, rows, keyOf, selection, isFresh, before }: TableProps<Row>) {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls inside itself has to be reachable by keyboard
		<section className="table-scroll" aria-label={`${caption}, table`} tabIndex={0}>
			<table className="table cards">
				<caption className="visually-hidden">{caption}</caption>
				<thead>
					<tr>
						{selection === undefined ? null : (
							<th scope="col" className="tick">
								<AllBox rows={rows} keyOf={keyOf} selection={selection} />
							</th>
						)}
						{columns.map(({ header, right }) => (
							<th key={header} scope="col" className={right ? "right" : undefined}>
								{header}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{rows.map((row) => (
						<Fragment key={keyOf(row)}>
							<Interruption columns={columns.length + (selection === undefined ? 0 : 1)}>{before?.(row)}</Interruption>
							<tr data-fresh={isFresh?.(row) || undefined}>
								{selection === undefined ? null : (
									<td className="tick" data-label="Select">
										<RowBox id={keyOf(row)} name={selection.nameOf(row)} selection={selection} />
									</td>
								)}
								{columns.map(({ header, cell, right }) => (
									<td key={header} data-label={header} className={right ? "right" : undefined}>
										<div>{cell(row)}</div>
									</td>
								))}
							</tr>
						</Fragment>
					))}
				</tbody>
			</table>
		</section>
	);
}

function Interruption({ columns, children }: { readonly columns: number; readonly children: ReactNode }) {
	if (children === null || children === undefined) return null;
	return (
		<tr className="interruption">
			<td colSpan={columns}>{children}</td>
		</tr>
	);
}

interface AllBoxProps<Row> {
	readonly rows: readonly Row[];
	readonly keyOf: (row: Row) => string;
	readonly selection: Selection<Row>;
}

function AllBox<Row>({ rows, keyOf, selection: { selected, onChange } }: AllBoxProps<Row>) {
	const all = rows.length > 0 && rows.every((row) => selected.has(keyOf(row)));
	return (
		<input
			type="checkbox"
			aria-label="Select all rows"
			checked={all}
			onChange={() => onChange(new Set(all ? [] : rows.map(keyOf)))}
		/>
	);
}

interface RowBoxProps {
	readonly id: string;
	readonly name: string;
	readonly selection: Pick<Selection<never>, "selected" | "onChange">;
}

function RowBox({ id, name, selection: { selected, onChange } }: RowBoxProps) {
	const toggle = () => {
		const next = new Set(selected);
		if (!next.delete(id)) next.add(id);
		onChange(next);
	};
	return <input type="checkbox" aria-label={`Select ${name}`} checked={selected.has(id)} onChange={toggle} />;
}

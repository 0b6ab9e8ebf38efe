import { Fragment, type ReactNode, useState } from "react";
import { InOneLine } from "./one-line.ts";
import { AllBox, RowBox, type Selection } from "./row-box.tsx";

export interface Column<Row> {
	readonly header: string;
	readonly cell: (row: Row) => ReactNode;
	/** Numbers. */
	readonly right?: boolean;
	/** In a table of one line per row: how wide. What is left out shares the rest. */
	readonly width?: string;
	/** Left out where there is little room. */
	readonly isMinor?: boolean;
	/** What the rows in sight can be sorted by. */
	readonly sortBy?: (row: Row) => string | number;
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
	/** Each row takes one line, whatever is in it; what does not fit is cut off and shown when it is pointed at. */
	readonly oneLine?: boolean;
	/**
	 * On a phone a row takes two lines without labels: see lists.css for what they hold. Otherwise it is a card with
	 * labels.
	 */
	readonly isDense?: boolean;
	/** The names of the columns are for those who listen: what is in them is plain to see. */
	readonly isHeadless?: boolean;
}

interface Order {
	readonly header: string;
	readonly isDescending: boolean;
}

/** A table; on a phone each row is a card. */
export function Table<Row>(props: TableProps<Row>) {
	const {
		caption,
		columns,
		rows,
		keyOf,
		selection,
		isFresh,
		before,
		oneLine = false,
		isHeadless = false,
		isDense = false,
	} = props;
	const [order, setOrder] = useState<Order | null>(null);
	const shown = sorted(rows, columns, order);
	return (
		<InOneLine value={oneLine}>
			<section
				className={oneLine ? "table-frame" : "table-scroll"}
				aria-label={`${caption}, table`}
				tabIndex={oneLine ? undefined : 0}
			>
				<table className={classesOf({ "one-line": oneLine, headless: isHeadless, dense: isDense })}>
					<caption className="visually-hidden">{caption}</caption>
					<thead>
						<tr>
							{selection === undefined ? null : (
								<th scope="col" className="tick">
									<AllBox ids={rows.map(keyOf)} selection={selection} />
								</th>
							)}
							{columns.map((column) => (
								<Header key={column.header} column={column} order={order} setOrder={setOrder} />
							))}
						</tr>
					</thead>
					<tbody>
						{shown.map((row) => (
							<Fragment key={keyOf(row)}>
								<Interruption columns={columns.length + (selection === undefined ? 0 : 1)}>
									{before?.(row)}
								</Interruption>
								<tr data-fresh={isFresh?.(row) || undefined}>
									{selection === undefined ? null : (
										<td className="tick" data-label="Select">
											<RowBox id={keyOf(row)} name={selection.nameOf(row)} selection={selection} />
										</td>
									)}
									{columns.map((column) => (
										<td key={column.header} data-label={column.header} className={classOf(column)}>
											<div>{column.cell(row)}</div>
										</td>
									))}
								</tr>
							</Fragment>
						))}
					</tbody>
				</table>
			</section>
		</InOneLine>
	);
}

interface HeaderProps<Row> {
	readonly column: Column<Row>;
	readonly order: Order | null;
	readonly setOrder: (order: Order | null) => void;
}

/** Sorts what is in sight: upwards, downwards, and as it came. */
function Header<Row>({ column, order, setOrder }: HeaderProps<Row>) {
	const { header, width, sortBy } = column;
	const isSorted = order?.header === header;
	const next = !isSorted ? { header, isDescending: false } : order.isDescending ? null : { header, isDescending: true };
	const direction = isSorted ? (order.isDescending ? "descending" : "ascending") : undefined;
	return (
		<th
			scope="col"
			className={classOf(column)}
			style={width === undefined ? undefined : { width }}
			aria-sort={direction}
		>
			{sortBy === undefined ? (
				header
			) : (
				<button type="button" className="sort" title="Sort the rows of this page" onClick={() => setOrder(next)}>
					{header}
					<span aria-hidden="true">{direction === undefined ? "" : direction === "ascending" ? " ↑" : " ↓"}</span>
				</button>
			)}
		</th>
	);
}

function classesOf(looks: Readonly<Record<string, boolean>>): string {
	return ["table cards", ...Object.keys(looks).filter((name) => looks[name])].join(" ");
}

function classOf<Row>({ right, isMinor }: Column<Row>): string | undefined {
	const names = [right ? "right" : "", isMinor ? "minor" : ""].filter((name) => name !== "");
	return names.length === 0 ? undefined : names.join(" ");
}

function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order | null): readonly Row[] {
	const sortBy = columns.find(({ header }) => header === order?.header)?.sortBy;
	if (sortBy === undefined || order === null) return rows;
	const sign = order.isDescending ? -1 : 1;
	const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
	return rows.toSorted((a, b) => sign * compare(sortBy(a), sortBy(b)));
}

function Interruption({ columns, children }: { readonly columns: number; readonly children: ReactNode }) {
	if (children === null || children === undefined) return null;
	return (
		<tr className="interruption">
			<td colSpan={columns}>{children}</td>
		</tr>
	);
}

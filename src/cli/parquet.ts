import { ByteWriter, ParquetWriter } from "hyparquet-writer";

/** A column, and how its values come: all as they stand in JSON. */
export interface ParquetColumn {
	readonly name: string;
	/** `time`: UTC, with up to six decimals. */
	readonly type: "text" | "integer" | "bigint" | "time";
}

/** Rows of a group: as many are in memory at a time. */
const GROUP = 10_000;
const TYPES = {
	text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
	integer: { type: "INT32" },
	bigint: { type: "INT64" },
	time: { type: "INT64", converted_type: "TIMESTAMP_MICROS" },
} as const;

type Value = string | number | null | undefined;
type Row = Readonly<Record<string, Value>>;

/** Makes a Parquet file out of rows, piece by piece. */
export class ParquetFile {
	readonly #columns: readonly ParquetColumn[];
	readonly #bytes = new ByteWriter();
	readonly #file: ParquetWriter;
	#rows: Row[] = [];

	constructor(columns: readonly ParquetColumn[]) {
		this.#columns = columns;
		const elements = columns.map(({ name, type }) => ({ name, ...TYPES[type], repetition_type: "OPTIONAL" as const }));
		this.#file = new ParquetWriter({
			writer: this.#bytes,
			schema: [{ name: "root", num_children: columns.length }, ...elements],
		});
	}

	/** What of the file can be written by now; empty: nothing yet. */
	add(row: Row): Uint8Array {
		this.#rows.push(row);
		return this.#rows.length < GROUP ? EMPTY : this.#group();
	}

	/** The rest of it. */
	end(): Uint8Array {
		const last = this.#rows.length > 0 ? this.#group() : EMPTY;
		void this.#file.finish();
		return Buffer.concat([last, this.#taken()]);
	}

	#group(): Uint8Array {
		const columnData = this.#columns.map(({ name, type }) => ({
			name,
			data: this.#rows.map((row) => cellOf(row[name], type)),
			offsetIndex: false,
		}));
		void this.#file.write({ columnData, rowGroupSize: GROUP });
		this.#rows = [];
		return this.#taken();
	}

	/** Offsets go on; what was written so far is forgotten. */
	#taken(): Uint8Array {
		const taken = this.#bytes.getBytes().slice();
		this.#bytes.index = 0;
		return taken;
	}
}

const EMPTY = new Uint8Array();

function cellOf(value: Value, type: ParquetColumn["type"]): string | number | bigint | null {
	if (value === null || value === undefined) return null;
	switch (type) {
		case "text":
			return String(value);
		case "integer":
			return Number(value);
		case "bigint":
			return BigInt(value);
		case "time":
			return microseconds(String(value));
		default:
			return type satisfies never;
	}
}

/** Of a time as PostgreSQL writes it in JSON, without an offset. */
function microseconds(text: string): bigint {
	const [seconds = "", decimals = ""] = text.split(".");
	return BigInt(Date.parse(`${seconds}Z`)) * 1_000n + BigInt(decimals.padEnd(6, "0"));
}

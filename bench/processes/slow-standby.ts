// A synchronous standby whose disk takes its time: it receives the write-ahead log, keeps none of it, and says that it
// is on disk after one flush at a time. Until then each commit waits, with all the locks its transaction holds, as it
// does for a slow fsync.
import pg from "pg";

const FLUSH_MS = Number(required("BENCH_FLUSH_MS"));
const XLOG_DATA = 0x77;
const KEEPALIVE = 0x6b;
/** Type, start, end of what the server has, time. */
const HEADER_BYTES = 25;
/** PostgreSQL counts from 2000. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/** What `pg` does not declare of its connection. */
interface ReplicationConnection {
	on(event: "replicationStart", listener: () => void): void;
	on(event: "copyData", listener: (message: { readonly chunk: Buffer }) => void): void;
	sendCopyFromChunk(chunk: Buffer): void;
}

const client = new pg.Client({
	connectionString: required("BENCH_DATABASE_URL"),
	application_name: required("BENCH_STANDBY_NAME"),
	replication: "true",
} as pg.ClientConfig);
await client.connect();
const { connection } = client as unknown as { readonly connection: ReplicationConnection };
const clock = new Int32Array(new SharedArrayBuffer(4));
let scheduled = false;

connection.on("copyData", ({ chunk }) => {
	if (chunk[0] === XLOG_DATA) receive(chunk.readBigInt64BE(1) + BigInt(chunk.length - HEADER_BYTES));
	else if (chunk[0] === KEEPALIVE && chunk[17] === 1) confirm();
});
process.on("disconnect", () => process.exit());

const { rows } = await client.query<{ xlogpos: string }>("IDENTIFY_SYSTEM");
const start = rows[0]?.xlogpos ?? "0/0";
let received = positionOf(start);
let flushed = received;
connection.on("replicationStart", () => {
	// A standby counts from its first word on.
	confirm();
	process.send?.({ type: "started" });
});
// It never ends.
client.query(`START_REPLICATION PHYSICAL ${start}`).catch(() => process.exit(1));

function receive(upTo: bigint): void {
	if (upTo > received) received = upTo;
	if (scheduled) return;
	scheduled = true;
	setImmediate(flush);
}

/** Nothing is read meanwhile: whoever commits now waits for the next one. */
function flush(): void {
	const target = received;
	Atomics.wait(clock, 0, 0, FLUSH_MS);
	flushed = target;
	confirm();
	scheduled = false;
}

/** `16/B374D848`: two halves in hexadecimal. */
function positionOf(text: string): bigint {
	const [high = "0", low = "0"] = text.split("/");
	return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

function confirm(): void {
	const reply = Buffer.alloc(34);
	reply[0] = 0x72;
	for (const offset of [1, 9, 17]) reply.writeBigInt64BE(flushed, offset);
	reply.writeBigInt64BE(BigInt(Date.now() - EPOCH_MS) * 1000n, 25);
	connection.sendCopyFromChunk(reply);
}

function required(name: string): string {
	const value = process.env[name];
	if (value === undefined) throw new Error(`${name} is not set`);
	return value;
}

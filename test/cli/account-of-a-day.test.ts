import { expect, test } from "vitest";
import { DecimalSum } from "../../src/event/decimal-sum.ts";
import { seededRandom } from "../../src/sandbox/chance.ts";
import { setTrigger } from "../../src/store/trigger-policy.ts";
import { relayDatabase, startRelay, untilAll } from "../relay/running.ts";
import { insertOne } from "../store/events.ts";
import type { TestDatabase } from "../support/database.ts";
import { answer, resetAfterApplying, resetBeforeApplying, type Script } from "../support/replies.ts";
import { startScriptedReward, success } from "../support/scripted-reward.ts";
import { webhook } from "../webhook/webhooks.ts";
import { runCli } from "./run-cli.ts";

/** What happens to an event, and which class of the account it is in by that. */
interface Fate {
	/** Told to Reward's stand-in by the user's name. The first answer; those that follow are success. */
	readonly first: Script;
	readonly class: "confirmed" | "missing" | "ambiguous" | "dead" | "cancelled" | "pending" | "decided";
	readonly receipts: number;
	readonly atMostOnce?: true;
	/** Accepted after it had perhaps been applied before. */
	readonly doubled?: true;
}

const FATES = {
	delivered: { first: success(), class: "confirmed", receipts: 1 },
	"webhook lost": { first: success(), class: "missing", receipts: 0 },
	"webhook twice": { first: success(), class: "confirmed", receipts: 1 },
	"server error, then retried": { first: answer(500, "oops"), class: "confirmed", receipts: 1, doubled: true },
	"applied, answer lost, retried": { first: resetAfterApplying(), class: "confirmed", receipts: 2, doubled: true },
	"applied, answer lost, confirmed": { first: resetAfterApplying(), class: "decided", receipts: 1, atMostOnce: true },
	"voucher delivered": { first: success(), class: "confirmed", receipts: 1, atMostOnce: true },
	"answer lost, nobody knows": { first: resetBeforeApplying(), class: "ambiguous", receipts: 0, atMostOnce: true },
	"voucher delivered, webhook lost": { first: success(), class: "missing", receipts: 0, atMostOnce: true },
	refused: { first: answer(422, '{"error":{"code":"bad_value","message":"no"}}'), class: "dead", receipts: 0 },
	"taken back": { first: success(), class: "cancelled", receipts: 0 },
	"not due yet": { first: success(), class: "pending", receipts: 0 },
} satisfies Record<string, Fate>;
type FateName = keyof typeof FATES;
const NAMES = Object.keys(FATES) as FateName[];
const EVENTS = 48;

interface Written {
	readonly id: string;
	readonly user: string;
	readonly value: string;
	readonly fate: Fate;
	readonly name: FateName;
}

async function write(database: TestDatabase, n: number, name: FateName, value: string): Promise<Written> {
	const fate: Fate = FATES[name];
	const user = `${name} ${n}`;
	const waits = fate.class === "cancelled" || fate.class === "pending";
	const id = await insertOne(database.pool, {
		trigger: fate.atMostOnce ? "voucher" : "paid",
		user,
		payload: `{"value": ${value}}`,
		...(waits ? { deliverAfter: "now() + interval '1 year'" } : {}),
	});
	if (fate.class === "cancelled") {
		await database.query("SELECT FROM reward_outbox.cancel_events(ARRAY[$1::uuid], 'taken back')", [id]);
	}
	return { id, user, value, fate, name };
}

/** What Reward sends: numbers in other digits than they were written in, some again, and one that somebody made up. */
async function receiveAll(database: TestDatabase, written: readonly Written[]): Promise<void> {
	const receive = (body: string) => database.query("SELECT reward_outbox.receive_webhook($1)", [Buffer.from(body)]);
	for (const { user, value, fate, name } of written) {
		for (let n = 0; n < fate.receipts; n += 1) {
			const digits = name === "delivered" ? `${Number(value.replace(".", ""))}e-2` : Number(value);
			const body = webhook({ trigger: fate.atMostOnce ? "voucher" : "paid", user, value: digits });
			await receive(body);
			if (name === "webhook twice") await receive(body);
		}
	}
	await receive(webhook({ trigger: "paid", user: "made up", value: "1e2" }));
}

function amountOf(of: readonly Written[]) {
	const value = of.reduce((sum, event) => sum.add(event.value), new DecimalSum()).toString();
	return { events: of.length, value };
}

test("over a day with faults the account owes what was written, and names every event that differs, to the cent", async () => {
	await using database = await relayDatabase();
	const script: Script = (request) => {
		const isFirst = reward.requests.filter(({ userId }) => userId === request.userId).length === 1;
		const { first } = FATES[request.userId.replace(/ \d+$/, "") as FateName];
		return isFirst ? (first as ReturnType<typeof success>) : success();
	};
	const reward = await startScriptedReward({ script });
	await using _reward = reward;
	await setTrigger(database.pool, "voucher", { mode: "at_most_once", auto_confirm: true }, "test");
	const random = seededRandom(1);
	const written: Written[] = [];
	for (let n = 0; n < EVENTS; n += 1) {
		const name = NAMES[n % NAMES.length] as FateName;
		written.push(await write(database, n, name, `${Math.floor(random() * 200)}.${Math.floor(random() * 10)}0`));
	}
	const ofClass = (...classes: Fate["class"][]) => written.filter(({ fate }) => classes.includes(fate.class));
	await using _relay = await startRelay(database, reward);
	const settled = {
		cancelled: ofClass("cancelled").length,
		dead: ofClass("dead").length,
		pending: ofClass("pending").length,
	};
	const open = ofClass("ambiguous").length;
	const accepted = ofClass("confirmed", "missing").length;
	await untilAll(database, { ...settled, delivered: accepted, uncertain: open + ofClass("decided").length }, 40_000);
	await receiveAll(database, written);
	await untilAll(database, { ...settled, delivered: accepted + ofClass("decided").length, uncertain: open }, 30_000);
	await database.query("UPDATE reward_outbox.attempt_log SET started_at = started_at - interval '26 hours'");
	await database.query("UPDATE reward_outbox.receipts SET received_at = received_at - interval '26 hours'");

	const env = { DATABASE_URL: database.url };
	const { total } = JSON.parse((await runCli(["receipts", "report", "--since", "2d", "--json"], env)).stdout);
	const nothing = { events: 0, value: "0" };
	expect(total).toMatchObject({
		committed: amountOf(written),
		accepted: amountOf(ofClass("confirmed", "missing")),
		confirmed: amountOf(ofClass("confirmed")),
		missing: amountOf(ofClass("missing")),
		awaited: nothing,
		decided: amountOf(ofClass("decided")),
		ambiguous: amountOf(ofClass("ambiguous")),
		dead: amountOf(ofClass("dead")),
		cancelled: amountOf(ofClass("cancelled")),
		pending: amountOf(ofClass("pending")),
		possibly_doubled: amountOf(written.filter(({ fate }) => fate.doubled)),
		surplus: { events: 1, value: "100" },
	});
	const told = (await runCli(["receipts", "report", "--since", "2d"], env)).stderr.replace(/\s+/g, " ");
	const inWords = (of: readonly Written[]) => `${of.length} (${amountOf(of).value})`;
	expect(told).toContain(
		`owed ${inWords(written)}, acknowledged by a receipt ${inWords(ofClass("confirmed"))}: ${[
			`${inWords(ofClass("pending"))} not sent yet`,
			`${inWords(ofClass("dead"))} dead`,
			`${inWords(ofClass("cancelled"))} cancelled`,
			`${inWords(ofClass("ambiguous"))} sent, and nobody knows whether they were applied`,
			`${inWords(ofClass("decided"))} counted as delivered by a decision`,
			`${inWords(ofClass("missing"))} accepted, and no receipt came`,
		].join("; ")}`,
	);
}, 90_000);
